"""Pages as the bytes that are cached and sent: UTF-8 JSON objects, the same for every reader."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from feed.authors import AuthorPageRow, PlaceRow
from feed.cursors import Cursor, Near
from posts.links import post_path
from posts.rows import AuthorRow, CommentRow, PostRow
from posts.serializers import (
    CommentJSON,
    PostJSON,
    UserJSON,
    comment_json,
    moment_json,
    post_json,
    posts_json,
    user_json,
)

NO_ONE: Mapping[str, str] = {}


class AuthorJSON(UserJSON):
    """An author, as shown on the author's page. Of the counts, see `feed.authors.NumbersRow`."""

    bio: str
    joined: str
    posts_count: int
    comments_count: int
    likes_count: int


class PageJSON(TypedDict):
    """A page of posts. `next`: the cursor of the next page, a near one near the newest posts; None
    at the end. `author`, `tag` and `q` (the query of a search) say which posts it has. `people`: on
    the first page of a search, those whose names have its words; empty on the others. `mentioned`:
    names after an @ that are active accounts', as the texts have them, with the paths of their
    pages; absent if there are none."""

    posts: list[PostJSON]
    next: str | None
    author: NotRequired[AuthorJSON]
    tag: NotRequired[str]
    q: NotRequired[str]
    people: NotRequired[list[UserJSON]]
    mentioned: NotRequired[Mapping[str, str]]


class PeopleJSON(TypedDict):
    """The people whom the beginning of a name may stand for."""

    people: list[UserJSON]


class PlaceJSON(TypedDict):
    """The post that a comment is on."""

    url: str
    user: UserJSON


class WrittenCommentJSON(CommentJSON):
    """A comment apart from its post. `url`: of the page that shows it there."""

    url: str
    post: PlaceJSON


class AuthorCommentsJSON(TypedDict):
    """A page of an author's comments. `next`: the cursor of the next page; None at the end."""

    comments: list[WrittenCommentJSON]
    author: AuthorJSON
    next: str | None
    mentioned: NotRequired[Mapping[str, str]]


class TagJSON(TypedDict):
    """A hashtag, and how many people have used it lately."""

    tag: str
    people: int


class ExploreJSON(TypedDict):
    """What a reader may look at next."""

    tags: list[TagJSON]
    people: list[UserJSON]


class ParentJSON(TypedDict):
    """A comment on another page: its author's name, and the cursor of the page that begins with
    it."""

    display_name: str
    cursor: str


class PostPageJSON(TypedDict):
    """A post with a page of comments. `next`: the cursor of the next comments; None at the end.
    `parents`: by id, the comments on other pages that comments of this page reply to. `mentioned`:
    as in PageJSON."""

    post: PostJSON
    comments: list[CommentJSON]
    parents: dict[str, ParentJSON]
    next: str | None
    mentioned: NotRequired[Mapping[str, str]]


def post_page_json(
    post: PostRow,
    comments: Sequence[CommentRow],
    *,
    limit: int,
    mentioned: Mapping[str, str] = NO_ONE,
) -> bytes:
    """Return a post with `limit` comments. `comments` has one more if there is a next page."""
    shown = comments[:limit]
    more = len(comments) > limit
    page: PostPageJSON = {
        "post": post_json(post),
        "comments": [comment_json(comment) for comment in shown],
        "parents": _parents(shown),
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    if mentioned:
        page["mentioned"] = mentioned
    return encoded(page)


def page_json(
    posts: Sequence[PostRow],
    *,
    limit: int,
    next_near: Near | None = None,
    author: AuthorPageRow | None = None,
    tag: str = "",
    q: str = "",
    people: Sequence[AuthorRow] = (),
    mentioned: Mapping[str, str] = NO_ONE,
) -> bytes:
    """Return a page of `limit` posts. `posts` has one more if there is a next page. `next_near`
    makes the cursor of the next page a near one."""
    shown = posts[:limit]
    more = len(posts) > limit
    page: PageJSON = {
        "posts": posts_json(shown),
        "next": Cursor(shown[-1].created_at, shown[-1].pk, next_near).encode() if more else None,
    }
    if author is not None:
        page["author"] = _author_json(author)
    if tag:
        page["tag"] = tag
    if q:
        page["q"] = q
        page["people"] = [user_json(person) for person in people]
    if mentioned:
        page["mentioned"] = mentioned
    return encoded(page)


def people_json(people: Sequence[AuthorRow]) -> bytes:
    """Return a list of people."""
    page: PeopleJSON = {"people": [user_json(person) for person in people]}
    return encoded(page)


def author_comments_json(
    author: AuthorPageRow,
    comments: Sequence[CommentRow],
    places: Mapping[int, PlaceRow],
    *,
    limit: int,
    post_limit: int,
    mentioned: Mapping[str, str] = NO_ONE,
) -> bytes:
    """Return `limit` comments of an author. `comments` has one more if there is a next page, and
    `places` their posts, each with its comments counted up to more than `post_limit`, which the
    page of a post shows at once."""
    shown = comments[:limit]
    more = len(comments) > limit
    page: AuthorCommentsJSON = {
        "comments": [
            _written_json(comment, places[comment.post_id], post_limit)
            for comment in shown
            if comment.post_id in places  # else it was deleted since the first query
        ],
        "author": _author_json(author),
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    if mentioned:
        page["mentioned"] = mentioned
    return encoded(page)


def explore_json(tags: Sequence[tuple[str, int]], people: Sequence[AuthorRow]) -> bytes:
    """Return hashtags, each with a number of people, and people."""
    page: ExploreJSON = {
        "tags": [{"tag": tag, "people": number} for tag, number in tags],
        "people": [user_json(person) for person in people],
    }
    return encoded(page)


def _written_json(comment: CommentRow, place: PlaceRow, post_limit: int) -> WrittenCommentJSON:
    path = post_path(place.pk)
    # On a post with several pages of comments, the page that begins with this one.
    first = Cursor(comment.created_at, comment.pk - 1).encode()
    query = f"?cursor={first}" if place.comments > post_limit else ""
    return {
        **comment_json(comment),
        "url": f"{path}{query}#comment-{comment.pk}",
        "post": {"url": path, "user": user_json(place.author)},
    }


def _author_json(author: AuthorPageRow) -> AuthorJSON:
    profile, numbers = author
    return {
        **user_json(profile.author),
        "bio": profile.bio,
        "joined": moment_json(profile.date_joined),
        "posts_count": numbers.posts,
        "comments_count": numbers.comments,
        "likes_count": numbers.likes,
    }


def encoded(page: Mapping[str, Any]) -> bytes:
    """Return a page as it is cached and sent."""
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def _parents(comments: Sequence[CommentRow]) -> dict[str, ParentJSON]:
    here = {comment.pk for comment in comments}
    return {
        str(parent.pk): {
            "display_name": parent.author.shown_name,
            "cursor": Cursor(parent.created_at, parent.pk - 1).encode(),
        }
        for comment in comments
        if (parent := comment.reply_to) is not None
        and parent.pk not in here
        and parent.post_id == comment.post_id
        and parent.author.is_active
    }
