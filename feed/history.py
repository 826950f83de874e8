"""The history of a post: the post, and what it said before each edit."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypedDict

from django.db import router
from django.db.models import BigIntegerField

from feed.queries import visible_post
from feed.serializers import encoded
from feed.text_changes import Change, changes
from posts.compiled_query import CompiledQuery, Parameter
from posts.models import PostVersion
from posts.rows import VersionRow
from posts.serializers import PostJSON, VersionJSON, post_json, versions_json


class HistoryJSON(TypedDict):
    """`versions`: newest first; the first one is what the post says now."""

    post: PostJSON
    versions: list[VersionJSON]


class Entry(TypedDict):
    """A version as its page shows it: what it changed in the version before.

    `warning` stands before a text that is folded. `same_as`: when the version was written whose
    texts these are again, or "". Texts that did not change, and are shown once, are empty.
    """

    written_at: str
    current: bool
    first: bool
    same_as: str
    warning: str
    content: list[Change]
    content_warning: list[Change]
    image_alt: list[Change]


def history_json(pk: int) -> bytes:
    """Load a post with its versions from the database: UTF-8 JSON.

    Raises:
        Post.DoesNotExist: There is no visible post with this id.
    """
    post = visible_post(pk)
    versions = _compiled_versions(router.db_for_write(PostVersion)).rows(post=pk)
    page: HistoryJSON = {"post": post_json(post), "versions": versions_json(post, versions)}
    return encoded(page)


@lru_cache(maxsize=8)
def _compiled_versions(using: str) -> CompiledQuery[VersionRow]:
    versions = PostVersion.objects.using(using).filter(post=Parameter("post", BigIntegerField()))
    rows = versions.order_by("-id").values_list(*VersionRow._fields)
    return CompiledQuery(rows, lambda columns: VersionRow(*columns))


def entries(versions: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Return what the page shows of these versions, newest first.

    If one of them has a warning, all are folded: an author who adds a warning later means the text
    that stood there before, too.
    """
    warning = next((one["content_warning"] for one in versions if one["content_warning"]), "")
    before = [*versions[1:], None]
    return [
        _entry(place, versions, older, warning=version["content_warning"] or warning)
        for place, (version, older) in enumerate(zip(versions, before, strict=True))
    ]


def _entry(
    place: int,
    versions: Sequence[Mapping[str, Any]],
    older: Mapping[str, Any] | None,
    *,
    warning: str,
) -> Entry:
    version = versions[place]

    def changed(name: str) -> list[Change]:
        if older is None:
            return [["same", version[name]]] if version[name] else []
        return changes(older[name], version[name]) if older[name] != version[name] else []

    content = changed("content") or [["same", version["content"]]]
    again = next((one for one in versions[place + 2 :] if _texts(one) == _texts(version)), None)
    return {
        "written_at": version["written_at"],
        "current": place == 0,
        "first": older is None,
        "same_as": again["written_at"] if again else "",
        "warning": warning,
        "content": content,
        "content_warning": changed("content_warning"),
        "image_alt": changed("image_alt"),
    }


def _texts(version: Mapping[str, Any]) -> list[str]:
    return [version[name] for name in ("content", "content_warning", "image_alt")]
