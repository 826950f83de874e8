"""Pages as the bytes that are cached and sent: UTF-8 JSON objects, the same for every reader."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from feed.cursors import Cursor, Near
from posts.rows import AuthorRow, CommentRow, PostRow, ProfileRow
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


class AuthorJSON(UserJSON):
    """An author, as shown on the author's page."""

    bio: str
    joined: str


class PageJSON(TypedDict):
    """A page of posts. `next`: the cursor of the next page, a near one near the newest posts; None
    at the end. `author`, `tag` and `q` (the query of a search) say which posts it has. `people`: on
    the first page of a search, those whose names have its words; empty on the others."""

    posts: list[PostJSON]
    next: str | None
    author: NotRequired[AuthorJSON]
    tag: NotRequired[str]
    q: NotRequired[str]
    people: NotRequired[list[UserJSON]]


class ParentJSON(TypedDict):
    """A comment on another page: its author's name, and the cursor of the page that begins with
    it."""

    display_name: str
    cursor: str


class PostPageJSON(TypedDict):
    """A post with a page of comments. `next`: the cursor of the next comments; None at the end.
    `parents`: by id, the comments on other pages that comments of this page reply to."""

    post: PostJSON
    comments: list[CommentJSON]
    parents: dict[str, ParentJSON]
    next: str | None


def post_page_json(post: PostRow, comments: Sequence[CommentRow], *, limit: int) -> bytes:
    """Return a post with `limit` comments. `comments` has one more if there is a next page."""
    shown = comments[:limit]
    more = len(comments) > limit
    page: PostPageJSON = {
        "post": post_json(post),
        "comments": [comment_json(comment) for comment in shown],
        "parents": _parents(shown),
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    return encoded(page)


def page_json(
    posts: Sequence[PostRow],
    *,
    limit: int,
    next_near: Near | None = None,
    author: ProfileRow | None = None,
    tag: str = "",
    q: str = "",
    people: Sequence[AuthorRow] = (),
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
    return encoded(page)


def _author_json(profile: ProfileRow) -> AuthorJSON:
    joined = moment_json(profile.date_joined)
    return {**user_json(profile.author), "bio": profile.bio, "joined": joined}


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
