"""A page of the feed as the bytes that are cached and sent: JSON, the same for every reader."""

import json
from typing import NotRequired, TypedDict

from feed.cursors import Cursor
from posts.models import Post, User
from posts.serializers import PostJSON, UserJSON, post_json, user_json


class PageJSON(TypedDict):
    """`next` is the cursor of the page after this one, or None at the end."""

    posts: list[PostJSON]
    next: str | None
    author: NotRequired[UserJSON]


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
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
