"""The pages that are cached: their names, how each is loaded, and how long it may live."""

import hashlib

from django.conf import settings
from django.db import router, transaction

from feed import queries
from feed.cache import feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.history import history_json
from feed.known_names import KnownNames
from feed.people import search_people
from feed.serializers import page_json, post_page_json
from freshcache.policy import Room, Work
from freshcache.read import Load
from freshcache.served import Served
from posts.ids import MAX_ID
from posts.models import Post

DEFAULT_LIMIT = 20
MAX_LIMIT = 50
COMMENTS_LIMIT = 50
# The limits that clients use most: pages have the default, programs take 10 or the maximum.
COMMON_LIMITS = (DEFAULT_LIMIT, 10, MAX_LIMIT)
# A pattern of the query strings of pages with the newest posts.
NEWEST_QUERY = r"(limit=[1-9][0-9]?)?"
# Hashtags known to be in posts. Each takes some 200 bytes.
known_tags = KnownNames(10_000)
# How the body of a page with at least one post begins.
_WITH_POSTS = b'{"posts":[{'


def get_feed_page(
    *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT, confirm: bool = False
) -> Served:
    """Return a page of the global feed. `confirm`: see `FreshCache.read`.

    Raises:
        Busy: Too many threads load isolated pages.
    """
    depth = _depth(after, limit)
    following = Near(depth + 1, limit) if depth is not None and depth < NEAR_PAGES else None

    def load() -> bytes:
        posts = queries.feed_posts(after=after, limit=limit + 1)
        return page_json(posts, limit=limit, next_near=following)

    room = Room.ISOLATED if depth is None else Room.LINKED
    if depth == 0 and limit in COMMON_LIMITS:
        room = Room.NEWEST
    # A near cursor with another limit is no near cursor, so the page has the bare cursor's name.
    position = after.encode() if after and depth else _position(after)
    return _read("feed", f"{limit}:{position}", load, confirm=confirm, room=room)


def get_author_page(
    username: str,
    *,
    after: Cursor | None = None,
    limit: int = DEFAULT_LIMIT,
    confirm: bool = False,
) -> Served:
    """Return a page of one author's posts.

    Raises:
        User.DoesNotExist: There is no active author of this name.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        author = queries.active_author(username)
        posts = queries.author_posts(author.author.pk, after=after, limit=limit + 1)
        return page_json(posts, limit=limit, author=author)

    position = f"{_hash(username)}:{limit}:{_position(after)}"
    return _read("author", position, load, confirm=confirm, room=_room(after))


def get_tag_page(tag: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """Return a page of the posts with a folded hashtag.

    It is isolated until the hashtag is known to be in a post, because clients can make up others.

    Raises:
        QueryTooSlowError: The database needs too long.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        posts = queries.tag_posts(tag, after=after, limit=DEFAULT_LIMIT + 1)
        return page_json(posts, limit=DEFAULT_LIMIT, tag=tag)

    name = _hash(tag)
    room = _room(after) if name in known_tags else Room.ISOLATED
    served = _read(
        "tag", f"{name}:{_position(after)}", load, confirm=confirm, room=room, work=Work.SLOW
    )
    if after is None:
        has_posts = served.page.body.startswith(_WITH_POSTS)
        known_tags.note(name, known=has_posts)
        if has_posts and not room.shared:
            return feed_cache().share(served)
    return served


def get_search_page(query: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """Return a page of the posts with all these words; the first one also has people.

    A new account appears in it within the TTL of searches: a sign-up is no change of the feed.

    Raises:
        QueryTooSlowError: The database needs too long.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        posts = queries.search_posts(query, after=after, limit=DEFAULT_LIMIT + 1)
        people = search_people(query) if after is None else []
        return page_json(posts, limit=DEFAULT_LIMIT, q=query, people=people)

    return _read(
        "search",
        f"{_hash(query)}:{_position(after)}",
        load,
        confirm=confirm,
        room=Room.ISOLATED,
        work=Work.SLOW,
    )


def get_post_page(pk: int, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """Return a post with a page of its comments.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
        Busy: Too many threads load isolated pages.
    """
    if pk > MAX_ID:
        raise Post.DoesNotExist

    def load() -> bytes:
        return load_post_page(pk, after)

    return _read("post", f"{pk}:{_position(after)}", load, confirm=confirm, room=_room(after))


def load_post_page(pk: int, after: Cursor | None) -> bytes:
    """Load a post with a page of its comments from the database: UTF-8 JSON.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
    """
    post = queries.visible_post(pk)
    comments = queries.post_comments(post.pk, after=after, limit=COMMENTS_LIMIT + 1)
    return post_page_json(post, comments, limit=COMMENTS_LIMIT)


def get_history_page(pk: int, *, confirm: bool = False) -> Served:
    """Return a post with what it said before each edit.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
        Busy: Too many threads load isolated pages.
    """
    if pk > MAX_ID:
        raise Post.DoesNotExist

    def load() -> bytes:
        return history_json(pk)

    return _read("history", f"{pk}", load, confirm=confirm, room=Room.ISOLATED)


def _read(
    kind: str, position: str, load: Load, *, confirm: bool, room: Room, work: Work | None = None
) -> Served:
    return feed_cache().read(
        f"{kind}:{position}",
        load,
        ttl_seconds=settings.FEED["TTL_SECONDS"][kind],
        confirm=confirm,
        # A transaction may see its own uncommitted rows, or an old snapshot.
        may_fill=not transaction.get_connection(router.db_for_write(Post)).in_atomic_block,
        room=room,
        work=work or (Work.ORDINARY if room.shared else Work.ISOLATED),
    )


def is_near(after: Cursor, limit: int) -> bool:
    """Whether the page after this cursor is near the newest, and so kept in the shared cache."""
    return _depth(after, limit) is not None


def _depth(after: Cursor | None, limit: int) -> int | None:
    """Return the number of pages before it; None if it is not known to be near the newest."""
    if after is None:
        return 0
    return after.near.depth if after.near and after.near.limit == limit else None


def _room(after: Cursor | None) -> Room:
    """Return the room for first pages of things that exist, or for pages after any cursor.

    Clients can make up cursors, so pages after a cursor are isolated.
    """
    return Room.LINKED if after is None else Room.ISOLATED


def _position(after: Cursor | None) -> str:
    return Cursor(after.created_at, after.id).encode() if after else "newest"


def _hash(text: str) -> str:
    """Return a name for a text whose characters may not be allowed in a key."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
