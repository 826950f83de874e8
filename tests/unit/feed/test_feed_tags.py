"""Filters of pages: times, colours, folding, addresses."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.dateformat import format as formatted
from hypothesis import given
from hypothesis import strategies as st

from feed.cursors import Cursor
from feed.renderings import slot
from feed.templatetags import feed_tags
from feed.viewer import avatar_hue

MOMENT = "2026-11-03T09:05:07.123456Z"


def test_times_are_readable_and_in_utc() -> None:
    assert feed_tags.readable_time(MOMENT) == "3 Nov 2026, 09:05 UTC"
    assert feed_tags.exact_time(MOMENT) == "3 Nov 2026, 09:05:07 UTC"
    assert feed_tags.readable_month(MOMENT) == "November 2026"
    assert feed_tags.readable_day(MOMENT) == "3 November 2026 UTC"
    assert feed_tags.machine_time(MOMENT) == "2026-11-03T09:05:07.123Z"


@given(moment=st.datetimes(timezones=st.just(UTC)), language=st.sampled_from(["en", "ar", "pl"]))
def test_times_are_those_of_django(moment: datetime, language: str) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".zfill(27)
    with translation.override(language):
        assert feed_tags.readable_time(text) == f"{formatted(moment, 'j M Y, H:i')} UTC"
        assert feed_tags.exact_time(text) == f"{formatted(moment, 'j M Y, H:i:s')} UTC"


def test_author_has_the_same_colour_everywhere() -> None:
    assert avatar_hue("17") == avatar_hue(17) == "hue-1"


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("x" * 42 * 14, ""),
        ("x" * (42 * 14 + 1), " long long-narrow"),
        ("x" * (70 * 14 + 1), " long"),
        ("\n".join("x" * 14), ""),
        ("\n" * 14, " long"),
        ("e" + "\u0301" * 2_000, ""),
        ("\u6f22" * 70 * 7, " long long-narrow"),
        ("\u6f22" * (70 * 7 + 1), " long"),
        # Lines of code are not wrapped, and its fences are not shown.
        ("```\n" + ("x" * 1_000 + "\n") * 14 + "```", ""),
        ("```\n" + "x\n" * 15 + "```", " long"),
        ("`" + "x" * 42 * 14 + "`", ""),
    ],
)
def test_text_is_folded_by_its_lines_on_a_wide_screen_or_a_phone(text: str, classes: str) -> None:
    assert feed_tags.folded(text) == classes


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((None, None), " unmeasured"),
        ((1200, 800), ""),
        ((1000, 1000), ""),
        ((40, 60), ""),
        ((40, 400), ""),
        ((900, 1200), " tall"),
        ((600, 1600), " towering"),
        ((1600, 267), " panorama"),
    ],
)
def test_image_has_the_shape_of_its_size(size: tuple[int | None, int | None], shape: str) -> None:
    assert feed_tags.image_shape({"image_width": size[0], "image_height": size[1]}) == shape


def test_position_of_a_post_is_a_cursor() -> None:
    cursor = Cursor.decode(feed_tags.position([{"created_at": MOMENT, "id": "7"}]))
    assert (cursor.created_at, cursor.id) == (datetime.fromisoformat(MOMENT), 7)


def test_path_gets_the_site_address_and_other_addresses_stay() -> None:
    assert feed_tags.absolute("/posts/1/") == f"{slot('origin')}/posts/1/"
    assert feed_tags.absolute('https://example.org/?a&"b') == "https://example.org/?a&amp;&quot;b"
