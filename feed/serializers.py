"""A page of the feed as the bytes that are cached and sent: JSON, the same for every reader."""

import json
from typing import NotRequired, TypedDict

from feed.cursors import Cursor, Near
from posts.models import Comment, Post, User
from posts.serializers import (
    CommentJSON,
    PostJSON,
    UserJSON,
    comment_json,
    moment_json,
    post_json,
    user_json,
)


class AuthorJSON(UserJSON):
    """What their own page tells of somebody."""

    bio: str
    joined: str


class PageJSON(TypedDict):
    """`next` is the cursor of the page after this one, or None at the end; near the newest posts it
    is a near one. What the posts have in
    common: their author, a hashtag, or words that somebody looked for."""

    posts: list[PostJSON]
    next: str | None
    author: NotRequired[AuthorJSON]
    tag: NotRequired[str]
    q: NotRequired[str]


class ParentJSON(TypedDict):
    """Whose comment is answered, and the cursor of the page that begins with it."""

    display_name: str
    cursor: str


class PostPageJSON(TypedDict):
    """`next` is the cursor of the comments after these, or None at the end. `parents`, by id: those
    that are answered here and are on another page."""

    post: PostJSON
    comments: list[CommentJSON]
    parents: dict[str, ParentJSON]
    next: str | None


def post_page_json(post: Post, comments: list[Comment], *, limit: int) -> bytes:
    """A post with `limit` comments. `comments` holds one more if there are later ones."""
    shown = comments[:limit]
    more = len(comments) > limit
    page: PostPageJSON = {
        "post": post_json(post),
        "comments": [comment_json(comment) for comment in shown],
        "parents": _parents(shown),
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    return _encode(page)


def page_json(
    posts: list[Post],
    *,
    limit: int,
    next_near: Near | None = None,
    author: User | None = None,
    tag: str = "",
    q: str = "",
) -> bytes:
    """A page of `limit` posts, and what they have in common. `posts` holds one more if there is a
    next page. `next_near`: what that page's cursor says if it is a near one."""
    shown = posts[:limit]
    more = len(posts) > limit
    page: PageJSON = {
        "posts": [post_json(post) for post in shown],
        "next": Cursor(shown[-1].created_at, shown[-1].pk, next_near).encode() if more else None,
    }
    if author is not None:
        page["author"] = _author_json(author)
    if tag:
        page["tag"] = tag
    if q:
        page["q"] = q
    return _encode(page)


def _author_json(author: User) -> AuthorJSON:
    return {**user_json(author), "bio": author.bio, "joined": moment_json(author.date_joined)}


def _encode(page: PageJSON | PostPageJSON) -> bytes:
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def _parents(comments: list[Comment]) -> dict[str, ParentJSON]:
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
