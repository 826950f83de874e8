"""Versions of posts and comments: no change overwrites one that its author has not seen.

The version is `updated_at`: when it was written or changed last.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request

from posts.errors import VersionConflictError
from posts.models import Comment, Post
from posts.post_images import is_same
from posts.serializers import CommentJSON, PostJSON, moment_json

# Instead of a collection of versions: any will do.
ANY = "*"


def version_of(row: Post | Comment) -> str:
    """Return the version: RFC 3339 in UTC with six decimals, as in JSON."""
    return moment_json(row.updated_at)


def etag(shown: PostJSON | CommentJSON) -> str:
    """Return a strong validator (RFC 9110, section 8.8.3): the version, and a digest of the rest.

    Counts and the author's name change the digest alone. See `if_match`.
    """
    digest = hashlib.blake2b(repr(shown).encode(), digest_size=6).hexdigest()
    return f'"{shown["updated_at"]}/{digest}"'


def if_match(request: Request) -> Collection[str]:
    """Return the versions that the header If-Match names; `ANY` if it is missing or `*`.

    A like is no conflict, so the digests in the entity tags do not count. Weak tags count, because
    proxies that compress make strong ones weak.
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or (tags := parse_etags(header)) == [ANY]:
        return ANY
    return {tag.removeprefix("W/").strip('"').partition("/")[0] for tag in tags}


def check(
    row: Post | Comment, known: Collection[str], values: Mapping[str, Any] | None = None
) -> None:
    """Check that the row has one of these versions. Call it with the row locked.

    `values`: what is to be saved. If the row has these already, an earlier request saved them and
    its answer was lost (RFC 9110, section 13.1.1), so there is no conflict.

    Raises:
        VersionConflictError: the row has another version.
    """
    if known == ANY or version_of(row) in known:
        return
    if values is None or not all(is_same(getattr(row, name), new) for name, new in values.items()):
        raise VersionConflictError(row)
