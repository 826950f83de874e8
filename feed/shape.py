"""What pages look like as they are stored, in a word that changes with it.

It is part of every page's key, so that two releases of the program on one Redis never show each
other's pages: a field that was added or a moment written in another way makes other keys.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache

from feed.serializers import page_json, post_page_json
from posts.models import Comment, Post, User

_MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


@cache
def shape() -> str:
    """A digest of the same few rows, in the form of each kind of page."""
    author = User(pk=1, username="ada", display_name="Ada", bio="Numbers.", date_joined=_MOMENT)
    picture = User(pk=2, username="eve", picture="people/1.webp")
    posts = [_post(3, author), _post(4, picture, image="posts/1.webp", image_alt="A heron")]
    parent = _comment(5, posts[0], author)
    comments = [_comment(6, posts[0], picture, reply_to=parent), parent]
    pages = [
        page_json(posts, limit=2, author=author, tag="tag", q="words"),
        page_json(posts, limit=1),
        post_page_json(posts[0], comments, limit=1),
    ]
    return hashlib.blake2b(b"\n".join(pages), digest_size=6).hexdigest()


def _post(pk: int, author: User, **fields: str) -> Post:
    post = Post(pk=pk, author=author, content="Text", created_at=_MOMENT, updated_at=_MOMENT)
    counted = {"likes_count": 7, "comments_count": 8}  # as by `with_counts`
    vars(post).update(counted | {"image_width": 400, "image_height": 300})
    for name, value in fields.items():
        setattr(post, name, value)
    return post


def _comment(pk: int, post: Post, author: User, **fields: Comment) -> Comment:
    return Comment(pk=pk, post=post, author=author, content="Text", created_at=_MOMENT, **fields)
