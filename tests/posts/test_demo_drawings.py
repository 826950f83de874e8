"""The drawings of the demo: the same from the same dice, and stored as any upload is."""

from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageStat

from posts.demo import AUTHORS, STORIES
from posts.demo.gallery import Gallery
from posts.demo.portraits import PORTRAITS
from posts.demo.story import Drawn
from posts.images import PERSON_SIDE, POST_SIDE

pytestmark = pytest.mark.once

DRAWN = [story.picture for story in STORIES if story.picture]


def _ids(drawn: Drawn) -> str:
    return drawn.alt[:40]


@pytest.mark.parametrize("drawn", DRAWN, ids=_ids)
def test_the_same_dice_draw_the_same_picture_and_not_a_plain_one(drawn: Drawn) -> None:
    picture = drawn.draw(Random("1"))
    assert picture.tobytes() == drawn.draw(Random("1")).tobytes()
    assert picture.mode == "RGB"
    assert max(picture.size) <= POST_SIDE
    assert max(ImageStat.Stat(picture).stddev) > 8


def test_portraits_are_drawn_at_the_size_they_are_shown_and_told_apart() -> None:
    drawn = [portrait(Random("1")) for portrait in PORTRAITS.values()]
    assert {picture.size for picture in drawn} == {(PERSON_SIDE, PERSON_SIDE)}
    assert len({picture.tobytes() for picture in drawn}) == len(drawn)


def test_every_portrait_is_of_somebody() -> None:
    assert {author.username for author in AUTHORS} > set(PORTRAITS)


def test_alternative_texts_describe_and_differ() -> None:
    alts = [drawn.alt for drawn in DRAWN]
    assert len(set(alts)) == len(alts)
    assert not [alt for alt in alts if len(alt) < 25 or not alt.endswith((".", "。"))]


def test_there_are_odd_shapes_among_them() -> None:
    sizes = [drawn.draw(Random("1")).size for drawn in DRAWN]
    ratios = [width / height for width, height in sizes]
    assert min(ratios) < 0.5
    assert max(ratios) > 3
    assert min(width for width, _ in sizes) < 200


def test_they_are_hung_as_uploads_are(media: Path) -> None:
    with Gallery() as gallery:
        hung = gallery.of_post(DRAWN[0].draw, Random("1"))
        name = gallery.of_person(PORTRAITS["wanda"], Random("1")).name
    assert hung.name.startswith("posts/")
    assert name.startswith("people/")
    assert hung.size == (media / hung.name).stat().st_size
    with Image.open(media / hung.name) as image:
        assert (image.format, image.size) == ("WEBP", (hung.width, hung.height))
    with Image.open(media / name) as image:
        assert (image.format, image.size) == ("WEBP", (PERSON_SIDE, PERSON_SIDE))
