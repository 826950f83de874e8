"""A digest of the format of stored pages, which is part of every page's key.

Two releases with different formats on one Redis use different keys, so neither shows a page of the
other. A new field or another format of times changes the digest.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from feed.authors import AuthorPageRow, NumbersRow, PlaceRow
from feed.serializers import (
    author_comments_json,
    explore_json,
    page_json,
    people_json,
    post_page_json,
)
from posts.models import NO_TEXTS
from posts.rows import AuthorRow, CommentRow, ParentRow, PostRow, ProfileRow, VersionRow
from posts.serializers import versions_json

_MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


@cache
def shape() -> str:
    """Return the digest of a few constant rows in each kind of page."""
    ada = AuthorRow(1, "ada", "Ada", "", "", "", is_active=True)
    eve = AuthorRow(2, "eve", "", "", "", "people/1.webp", is_active=True)
    author = AuthorPageRow(ProfileRow(ada, "Numbers.", _MOMENT), NumbersRow(9, 10, 11))
    texts = dict.fromkeys(NO_TEXTS, "A heron")
    posts = [_post(3, ada), _post(4, eve, image="posts/1.webp", **texts)]
    parent = CommentRow(ada, None, 5, 3, "Text", ada.pk, None, _MOMENT, None, 0)
    replied = ParentRow(ada, parent.pk, parent.post_id, _MOMENT)
    reply = CommentRow(eve, replied, 6, 3, "Text", eve.pk, parent.pk, _MOMENT, _MOMENT, 7)
    comments = [reply, parent]
    pages = [
        page_json(posts, limit=2, author=author, tag="tag", q="words", people=[ada]),
        page_json(posts, limit=1, mentioned={"Ada": "/authors/ada/"}),
        post_page_json(posts[0], comments, limit=1),
        author_comments_json(author, comments, {3: PlaceRow(ada, 3, 2)}, limit=1, post_limit=1),
        explore_json([("tag", 2)], [ada]),
        people_json([ada, eve]),
    ]
    version = VersionRow("Text", "", "", _MOMENT, _MOMENT)
    history = json.dumps(versions_json(posts[0], [version])).encode()
    pages.append(history)
    return hashlib.blake2b(b"\n".join(pages), digest_size=6).hexdigest()


def _post(pk: int, author: AuthorRow, *, image: str = "", **texts: Any) -> PostRow:
    row = PostRow(
        author=author,
        pk=pk,
        content="Text",
        content_warning="",
        author_id=author.pk,
        image=image,
        image_url="",
        image_alt="",
        image_width=400,
        image_height=300,
        more_images="[]",
        created_at=_MOMENT,
        updated_at=_MOMENT,
        likes_count=7,
        comments_count=8,
    )
    return row._replace(**texts)
