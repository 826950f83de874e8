"""A page of the feed as the bytes that are cached and sent: JSON, the same for every reader."""

import json
from typing import NotRequired, TypedDict

from feed.cursors import Cursor
from posts.models import Comment, Post, User
from posts.serializers import (
    CommentJSON,
    PostJSON,
    UserJSON,
    comment_json,
    post_json,
    user_json,
)


class PageJSON(TypedDict):
    """`next` is the cursor of the page after this one, or None at the end."""

    posts: list[PostJSON]
    next: str | None
    author: NotRequired[UserJSON]


class PostPageJSON(TypedDict):
    """`next` is the cursor of the comments after these, or None at the end."""

    post: PostJSON
    comments: list[CommentJSON]
    next: str | None


def post_page_json(post: Post, comments: list[Comment], *, limit: int) -> bytes:
    """A post with `limit` comments. `comments` holds one more if there are later ones."""
    shown = comments[:limit]
    more = len(comments) > limit
    page: PostPageJSON = {
        "post": post_json(post),
        "comments": [comment_json(comment) for comment in shown],
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    return _encode(page)


def page_json(posts: list[Post], *, limit: int, author: User | None = None) -> bytes:
    """A page of `limit` posts. `posts` holds one more if there is a next page."""
    shown = posts[:limit]
    more = len(posts) > limit
    page: PageJSON = {
        "posts": [post_json(post) for post in shown],
        "next": Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    }
    if author is not None:
        page["author"] = user_json(author)
    return _encode(page)


def _encode(page: PageJSON | PostPageJSON) -> bytes:
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
