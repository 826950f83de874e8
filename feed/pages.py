"""The pages that are cached: their names, how each is loaded, and how long it may live."""

import hashlib

from django.conf import settings
from django.db import router, transaction

from feed import queries
from feed.cache import feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.known_names import KnownNames
from feed.serializers import page_json, post_page_json
from freshcache.policy import Room, Work
from freshcache.read import Load
from freshcache.served import Served
from posts.models import Post

DEFAULT_LIMIT = 20
MAX_LIMIT = 50
COMMENTS_LIMIT = 50
MAX_ID = 2**63 - 1  # of a bigint; a name of hundreds of digits is none
# What readers ask for: pages for people have the default, programs like round numbers or all.
COMMON_LIMITS = (DEFAULT_LIMIT, 10, MAX_LIMIT)
# How the newest ones are asked for, by people and by programs.
NEWEST_QUERY = r"(limit=[1-9][0-9]?)?"
# Hashtags known to be in posts. Each takes some 200 bytes.
known_tags = KnownNames(10_000)
# How the body of a page begins that shows any.
_WITH_POSTS = b'{"posts":[{'


def get_feed_page(
    *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT, confirm: bool = False
) -> Served:
    """A page of the global feed. `confirm`: see `FreshCache.read`. Raise `Busy`."""
    depth = _depth(after, limit)
    following = Near(depth + 1, limit) if depth is not None and depth < NEAR_PAGES else None

    def load() -> bytes:
        posts = queries.feed_posts(after=after, limit=limit + 1)
        return page_json(posts, limit=limit, next_near=following)

    room = Room.ISOLATED if depth is None else Room.LINKED
    if depth == 0 and limit in COMMON_LIMITS:
        room = Room.NEWEST
    # A near cursor is near for its own limit only: the name then is that of the bare place.
    place = after.encode() if after and depth else _place(after)
    return _read("feed", f"{limit}:{place}", load, confirm=confirm, room=room)


def get_author_page(
    username: str,
    *,
    after: Cursor | None = None,
    limit: int = DEFAULT_LIMIT,
    confirm: bool = False,
) -> Served:
    """A page of one author's posts. Raise `User.DoesNotExist` if there is no such active author,
    or `Busy`."""

    def load() -> bytes:
        author = queries.active_author(username)
        posts = queries.author_posts(author, after=after, limit=limit + 1)
        return page_json(posts, limit=limit, author=author)

    place = f"{_hash(username)}:{limit}:{_place(after)}"
    return _read("author", place, load, confirm=confirm, room=_room(after))


def get_tag_page(tag: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """A page of the posts with a hashtag, which is folded. Raise `TookTooLong`, or `Busy`.

    Isolated until the hashtag is known to be in a post: names of others have no end.
    """

    def load() -> bytes:
        posts = queries.tag_posts(tag, after=after, limit=DEFAULT_LIMIT + 1)
        return page_json(posts, limit=DEFAULT_LIMIT, tag=tag)

    name = _hash(tag)
    room = _room(after) if name in known_tags else Room.ISOLATED
    served = _read(
        "tag", f"{name}:{_place(after)}", load, confirm=confirm, room=room, work=Work.SLOW
    )
    if after is None:
        has_posts = served.page.body.startswith(_WITH_POSTS)
        known_tags.note(name, known=has_posts)
        if has_posts and not room.shared:
            return feed_cache().share(served)
    return served


def get_search_page(query: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """A page of the posts with all these words. Raise `TookTooLong`, or `Busy`."""

    def load() -> bytes:
        posts = queries.search_posts(query, after=after, limit=DEFAULT_LIMIT + 1)
        return page_json(posts, limit=DEFAULT_LIMIT, q=query)

    return _read(
        "search",
        f"{_hash(query)}:{_place(after)}",
        load,
        confirm=confirm,
        room=Room.ISOLATED,
        work=Work.SLOW,
    )


def get_post_page(pk: int, *, after: Cursor | None = None) -> Served:
    """A post and a page of its comments. Raise `Post.DoesNotExist` if there is none to see, or
    `Busy`."""
    if pk > MAX_ID:
        raise Post.DoesNotExist

    def load() -> bytes:
        return load_post_page(pk, after)

    return _read("post", f"{pk}:{_place(after)}", load, confirm=False, room=_room(after))


def load_post_page(pk: int, after: Cursor | None) -> bytes:
    """The same as the database has it now, and as bytes."""
    post = queries.visible_post(pk)
    comments = queries.post_comments(post, after=after, limit=COMMENTS_LIMIT + 1)
    return post_page_json(post, comments, limit=COMMENTS_LIMIT)


def _read(
    kind: str, place: str, load: Load, *, confirm: bool, room: Room, work: Work | None = None
) -> Served:
    return feed_cache().read(
        f"{kind}:{place}",
        load,
        ttl_seconds=settings.FEED["TTL_SECONDS"][kind],
        confirm=confirm,
        # What a surrounding transaction sees may be its own, or of before: not for others.
        may_fill=not transaction.get_connection(router.db_for_write(Post)).in_atomic_block,
        room=room,
        work=work or (Work.ORDINARY if room.shared else Work.ISOLATED),
    )


def is_near(after: Cursor, limit: int) -> bool:
    """Whether the feed's page of this place and size is shared, so that few of it are loaded."""
    return _depth(after, limit) is not None


def _depth(after: Cursor | None, limit: int) -> int | None:
    """How many pages after the feed's newest; None if it is not known to be near."""
    if after is None:
        return 0
    return after.near.depth if after.near and after.near.limit == limit else None


def _room(after: Cursor | None) -> Room:
    """Of pages whose newest is of something that exists: anybody can make up the others' places."""
    return Room.LINKED if after is None else Room.ISOLATED


def _place(after: Cursor | None) -> str:
    return Cursor(after.created_at, after.id).encode() if after else "newest"


def _hash(text: str) -> str:
    """What people write may hold what a key may not."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
