"""Pages of another format have other keys."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from feed import serializers, shape
from feed.cache import feed_cache, reset
from posts import serializers as posts_serializers
from posts.models import Post

FIELDS = sorted(posts_serializers.PostJSON.__annotations__)


@pytest.fixture(autouse=True)
def _no_remembered_digest() -> None:
    shape.shape.cache_clear()
    reset()  # the cache was made with the digest of before


def test_digest_is_stable() -> None:
    first = shape.shape()
    shape.shape.cache_clear()
    assert shape.shape() == first
    assert re.fullmatch("[0-9a-f]{12}", first)


def test_digest_depends_on_no_row_and_no_time() -> None:
    # Without the django_db mark, any query is an error.
    assert shape.shape()
    assert timezone.now() != shape._MOMENT


@pytest.mark.parametrize("field", FIELDS)
def test_missing_field_changes_the_digest(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, post_json = shape.shape(), posts_serializers.post_json

    def without(post: Post) -> dict[str, Any]:
        return {name: value for name, value in post_json(post).items() if name != field}

    monkeypatch.setattr(serializers, "post_json", without)
    shape.shape.cache_clear()
    assert shape.shape() != before


def test_other_format_of_times_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shape.shape()
    monkeypatch.setattr(posts_serializers, "moment_json", datetime.isoformat)
    shape.shape.cache_clear()
    assert shape.shape() != before


@pytest.mark.redis
def test_digest_is_part_of_every_key() -> None:
    store = feed_cache().store
    assert store is not None
    assert f".{shape.shape()}:" in store.key_names.page("feed:20:newest")
    assert f".{shape.shape()}:" in store.key_names.lease("feed:20:newest", 1)
