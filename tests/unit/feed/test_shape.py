"""Pages of another form have other keys."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from feed import serializers, shape
from feed.cache import feed_cache
from posts import serializers as posts_serializers
from posts.models import Post

TABLE = sorted(posts_serializers.PostJSON.__annotations__)


@pytest.fixture(autouse=True)
def _looked_at_anew() -> None:
    shape.shape.cache_clear()


def test_it_is_the_same_each_time() -> None:
    first = shape.shape()
    shape.shape.cache_clear()
    assert shape.shape() == first
    assert re.fullmatch("[0-9a-f]{12}", first)


def test_it_depends_on_no_row_and_no_moment() -> None:
    # Without the django_db mark, any query is an error.
    assert shape.shape()
    assert timezone.now() != shape._MOMENT


@pytest.mark.parametrize("field", TABLE)
def test_a_field_less_is_another_form(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, as_it_is = shape.shape(), posts_serializers.post_json

    def without(post: Post) -> dict[str, Any]:
        return {name: value for name, value in as_it_is(post).items() if name != field}

    monkeypatch.setattr(serializers, "post_json", without)
    shape.shape.cache_clear()
    assert shape.shape() != before


def test_a_moment_written_in_another_way_is_another_form(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shape.shape()
    monkeypatch.setattr(posts_serializers, "moment_json", datetime.isoformat)
    shape.shape.cache_clear()
    assert shape.shape() != before


@pytest.mark.redis
def test_it_is_part_of_every_page_s_key() -> None:
    store = feed_cache().store
    assert store is not None
    assert f".{shape.shape()}:" in store.key_names.page("feed:20:newest")
    assert f".{shape.shape()}:" in store.key_names.lease("feed:20:newest", 1)
