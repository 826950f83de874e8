"""Filters of pages: colours, images, addresses."""

from datetime import datetime

import pytest

from feed.cursors import Cursor
from feed.renderings import slot
from feed.templatetags import feed_tags
from feed.viewer import avatar_hue

MOMENT = "2026-11-03T09:05:07.123456Z"


def test_author_has_the_same_colour_everywhere() -> None:
    assert avatar_hue("17") == avatar_hue(17) == "hue-1"


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
