"""The pages that are cached: their names, how each is loaded, and how long it may live."""

import hashlib

from django.conf import settings
from django.db import router, transaction

from feed import queries
from feed.cache import feed_cache
from feed.cursors import Cursor
from feed.policy import Served
from feed.read import Load
from feed.serializers import page_json, post_page_json
from posts.models import Post

DEFAULT_LIMIT = 20
MOST_LIMIT = 50
COMMENTS_LIMIT = 50
MOST_ID = 2**63 - 1  # of a bigint; a name of hundreds of digits is none


def get_feed_page(
    *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT, confirm: bool = False
) -> Served:
    """A page of the global feed. `confirm`: see `FeedCache.read`."""

    def load() -> bytes:
        return page_json(queries.feed_posts(after=after, limit=limit + 1), limit=limit)

    return _read("feed", f"{limit}:{_place(after)}", load, confirm=confirm)


def get_author_page(
    username: str,
    *,
    after: Cursor | None = None,
    limit: int = DEFAULT_LIMIT,
    confirm: bool = False,
) -> Served:
    """A page of one author's posts. Raise `User.DoesNotExist` if there is no such active author."""

    def load() -> bytes:
        author = queries.active_author(username)
        posts = queries.author_posts(author, after=after, limit=limit + 1)
        return page_json(posts, limit=limit, author=author)

    return _read("author", f"{_hash(username)}:{limit}:{_place(after)}", load, confirm=confirm)


def get_tag_page(tag: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """A page of the posts with a hashtag, which is folded. Raise `TookTooLong`."""

    def load() -> bytes:
        posts = queries.tag_posts(tag, after=after, limit=DEFAULT_LIMIT + 1)
        return page_json(posts, limit=DEFAULT_LIMIT, tag=tag)

    return _read("tag", f"{_hash(tag)}:{_place(after)}", load, confirm=confirm)


def get_search_page(query: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """A page of the posts with all these words. Raise `TookTooLong`, or `Busy`."""

    def load() -> bytes:
        posts = queries.search_posts(query, after=after, limit=DEFAULT_LIMIT + 1)
        return page_json(posts, limit=DEFAULT_LIMIT, q=query)

    return _read("search", f"{_hash(query)}:{_place(after)}", load, confirm=confirm, apart=True)


def get_post_page(pk: int, *, after: Cursor | None = None) -> Served:
    """A post and a page of its comments. Raise `Post.DoesNotExist` if there is none to see."""
    if pk > MOST_ID:
        raise Post.DoesNotExist
    return _read("post", f"{pk}:{_place(after)}", lambda: load_post_page(pk, after), confirm=False)


def load_post_page(pk: int, after: Cursor | None) -> bytes:
    """The same as the database has it now, and as bytes."""
    post = queries.visible_post(pk)
    comments = queries.post_comments(post, after=after, limit=COMMENTS_LIMIT + 1)
    return post_page_json(post, comments, limit=COMMENTS_LIMIT)


def _read(kind: str, place: str, load: Load, *, confirm: bool, apart: bool = False) -> Served:
    return feed_cache().read(
        f"{kind}:{place}",
        load,
        ttl_seconds=settings.FEED["TTL_SECONDS"][kind],
        confirm=confirm,
        # What a surrounding transaction sees may be its own, or of before: not for others.
        may_fill=not transaction.get_connection(router.db_for_write(Post)).in_atomic_block,
        apart=apart,
    )


def _place(after: Cursor | None) -> str:
    return after.encode() if after else "newest"


def _hash(text: str) -> str:
    """What people write may hold what a key may not."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
