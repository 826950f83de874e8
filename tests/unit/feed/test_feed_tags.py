"""Filters of pages: times, colours, folding, addresses."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.dateformat import format as formatted
from hypothesis import given
from hypothesis import strategies as st

from feed.renderings import slot
from feed.templatetags import feed_tags
from feed.viewer import avatar_hue

MOMENT = "2026-11-03T09:05:07.123456Z"


def test_times_are_readable_and_in_utc() -> None:
    assert feed_tags.readable_time(MOMENT) == "3 Nov 2026, 09:05 UTC"
    assert feed_tags.exact_time(MOMENT) == "3 Nov 2026, 09:05:07 UTC"
    assert feed_tags.readable_month(MOMENT) == "November 2026"
    assert feed_tags.machine_time(MOMENT) == "2026-11-03T09:05:07.123Z"


@given(moment=st.datetimes(timezones=st.just(UTC)), language=st.sampled_from(["en", "ar", "pl"]))
def test_times_are_those_of_django(moment: datetime, language: str) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".zfill(27)
    with translation.override(language):
        assert feed_tags.readable_time(text) == f"{formatted(moment, 'j M Y, H:i')} UTC"
        assert feed_tags.exact_time(text) == f"{formatted(moment, 'j M Y, H:i:s')} UTC"


@pytest.mark.parametrize(
    ("height", "width", "classes"),
    [
        (100, None, " unmeasured"),
        (400, 400, ""),
        (420, 400, ""),
        (421, 400, " tall"),
        (820, 400, " tall"),
        (821, 400, " towering"),
        (None, 400, ""),
    ],
)
def test_shape_of_an_image_is_in_its_classes(
    height: int | None, width: int | None, classes: str
) -> None:
    assert feed_tags.tallness(height, width) == classes


def test_author_has_the_same_colour_everywhere() -> None:
    assert avatar_hue("17") == avatar_hue(17) == "hue-1"


@pytest.mark.parametrize(
    ("text", "long"),
    [("x" * 700, False), ("x" * 701, True), ("\n".join("x" * 12), False), ("\n" * 12, True)],
)
def test_text_is_long_by_characters_or_by_lines(text: str, long: bool) -> None:
    assert feed_tags.is_long(text) is long


def test_path_gets_the_site_address_and_other_addresses_stay() -> None:
    assert feed_tags.absolute("/posts/1/") == f"{slot('origin')}/posts/1/"
    assert feed_tags.absolute('https://example.org/?a&"b') == "https://example.org/?a&amp;&quot;b"
