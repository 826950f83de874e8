"""The pages that are cached: their names, how each is loaded, and how long it may live."""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

from django.conf import settings
from django.db import router, transaction

from feed import authors, queries
from feed.authors import View
from feed.cache import feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.history import history_json
from feed.known_names import KnownNames
from feed.people import complete_people, people_by_id, search_people
from feed.serializers import (
    author_comments_json,
    explore_json,
    page_json,
    people_json,
    post_page_json,
)
from feed.trends import Trends
from freshcache.policy import Room, Work
from freshcache.read import Load
from freshcache.served import Served
from posts.ids import MAX_ID
from posts.mentions import mentioned
from posts.models import Post
from posts.rows import CommentRow, PostRow

# The page itself, or what wide screens show beside other pages. The HTML of each is kept.
ExplorePart = Literal["page", "rail"]
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
        return _page(posts, limit=limit, next_near=following)

    room = Room.ISOLATED if depth is None else Room.LINKED
    if depth == 0 and limit in COMMON_LIMITS:
        room = Room.NEWEST
    # A near cursor with another limit is no near cursor, so the page has the bare cursor's name.
    position = after.encode() if after and depth else _position(after)
    return _read("feed", f"{limit}:{position}", load, confirm=confirm, room=room)


def get_author_page(
    username: str,
    view: View = "posts",
    *,
    after: Cursor | None = None,
    limit: int = DEFAULT_LIMIT,
    confirm: bool = False,
) -> Served:
    """Return a page of one author's posts, of those with an image, or of the author's comments.

    Raises:
        User.DoesNotExist: There is no active author of this name.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        author = authors.active_author(username)
        pk, more = author.profile.author.pk, limit + 1
        if view == "comments":
            comments = authors.author_comments(pk, after=after, limit=more)
            ids = [comment.post_id for comment in comments]
            places = authors.comment_places(ids, limit=COMMENTS_LIMIT + 1) if ids else {}
            bio = author.profile.bio
            found = mentioned([*(comment.content for comment in comments[:limit]), bio])
            return author_comments_json(
                author, comments, places, limit=limit, post_limit=COMMENTS_LIMIT, mentioned=found
            )
        posts = queries.author_posts(pk, after=after, limit=more, with_image=view == "images")
        return _page(posts, author.profile.bio, limit=limit, author=author)

    position = f"{_hash(username)}:{limit}:{_position(after)}"
    name = position if view == "posts" else f"{view}:{position}"
    # A client may name fifty limits of each author.
    room = _room(after) if limit == DEFAULT_LIMIT else Room.ISOLATED
    return _read("author", name, load, confirm=confirm, room=room)


def get_tag_page(tag: str, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """Return a page of the posts with a folded hashtag.

    It is isolated until the hashtag is known to be in a post, because clients can make up others.

    Raises:
        QueryTooSlowError: The database needs too long.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        posts = queries.tag_posts(tag, after=after, limit=DEFAULT_LIMIT + 1)
        return _page(posts, limit=DEFAULT_LIMIT, tag=tag)

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
        return _page(posts, limit=DEFAULT_LIMIT, q=query, people=people)

    return _read(
        "search",
        f"{_hash(query)}:{_position(after)}",
        load,
        confirm=confirm,
        room=Room.ISOLATED,
        work=Work.SLOW,
    )


def get_explore_page(trends: Trends, part: ExplorePart, *, confirm: bool = False) -> Served:
    """Return the hashtags and people of these trends. People are shown as they are now.

    The trends are in its name, so that the page follows from its name and the database.
    """

    def load() -> bytes:
        return explore_json(trends.tags, people_by_id(trends.people))

    return _read(
        "explore", f"{part}:{_hash(repr(trends))}", load, confirm=confirm, room=Room.LINKED
    )


def get_people_page(beginning: str, *, confirm: bool = False) -> Served:
    """Return the people whom the beginning of a name, in lower case, may stand for.

    As in a search, a new account appears within the TTL.

    Raises:
        QueryTooSlowError: The database needs too long.
        Busy: Too many threads load isolated pages.
    """

    def load() -> bytes:
        return people_json(complete_people(beginning))

    return _read(
        "people",
        _hash(beginning),
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


def get_newest_comments(pk: int, *, after: Cursor | None = None, confirm: bool = False) -> Served:
    """Return a post with a page of its comments, newest first, in the form of a post's page.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
        Busy: Too many threads load isolated pages.
    """
    if pk > MAX_ID:
        raise Post.DoesNotExist

    def load() -> bytes:
        post = queries.visible_post(pk)
        comments = queries.newest_comments(post.pk, after=after, limit=COMMENTS_LIMIT + 1)
        return _post_page(post, comments)

    return _read("comments", f"{pk}:{_position(after)}", load, confirm=confirm, room=_room(after))


def load_post_page(pk: int, after: Cursor | None) -> bytes:
    """Load a post with a page of its comments from the database: UTF-8 JSON.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
    """
    post = queries.visible_post(pk)
    comments = queries.post_comments(post.pk, after=after, limit=COMMENTS_LIMIT + 1)
    return _post_page(post, comments)


def _post_page(post: PostRow, comments: Sequence[CommentRow]) -> bytes:
    """Return a post with comments, and the people whom they mention."""
    found = mentioned([post.content, *(comment.content for comment in comments[:COMMENTS_LIMIT])])
    return post_page_json(post, comments, limit=COMMENTS_LIMIT, mentioned=found)


def _page(posts: Sequence[PostRow], *texts: str, limit: int, **values: Any) -> bytes:
    """Return a page with the people whom its posts and other `texts` mention."""
    found = mentioned([*(post.content for post in posts[:limit]), *texts])
    return page_json(posts, limit=limit, mentioned=found, **values)


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
