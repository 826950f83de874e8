"""Uploaded pictures: which are taken, and what is made of them."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from posts.images import MAX_BYTES, Picture, RefusedError, check_size, for_person, for_post
from tests.unit.posts.pictures import BLUE, RED, encoded, half_and_half, photograph, png


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.read()))


def near(pixel: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 32 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_that_is_promised_becomes_a_webp(kind: str) -> None:
    picture = for_post(encoded(half_and_half((400, 200)), kind))
    image = opened(picture)
    assert (image.format, image.size) == ("WEBP", (400, 200))
    assert (picture.width, picture.height) == (400, 200)
    assert near(image.getpixel((200, 20)), RED)
    assert near(image.getpixel((200, 180)), BLUE)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "PDF"])
def test_any_other_kind_is_refused_whatever_it_is_called(kind: str) -> None:
    with pytest.raises(RefusedError, match="JPEG, PNG, WebP and GIF are taken"):
        for_post(encoded(half_and_half((40, 20)), kind))


@pytest.mark.parametrize(
    "content",
    [
        b"no image",
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
        encoded(half_and_half((400, 200)), "PNG").getvalue()[:200],
        encoded(half_and_half((900, 900))).getvalue()[:700],
        encoded(half_and_half((400, 200)), "WEBP").getvalue()[:60],
    ],
)
def test_what_cannot_be_read_to_its_end_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedError, match="can\u2019t be read"):
        for_post(BytesIO(content))


def test_a_large_picture_is_shrunk_and_a_small_one_is_not_grown() -> None:
    assert opened(for_post(encoded(half_and_half((3_200, 800))))).size == (1_600, 400)
    assert opened(for_post(encoded(half_and_half((800, 3_200)), "PNG"))).size == (400, 1_600)
    assert opened(for_post(encoded(half_and_half((8_000, 2)), "PNG"))).size == (1_600, 1)
    assert opened(for_post(encoded(half_and_half((30, 20))))).size == (30, 20)


def test_a_photograph_stands_upright_and_tells_nothing_of_its_making() -> None:
    image = opened(for_post(photograph()))
    assert image.size == (800, 1_600)
    assert near(image.getpixel((400, 100)), RED)
    assert near(image.getpixel((400, 1_500)), BLUE)
    assert not image.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(image.info)


def test_words_hidden_in_a_file_are_not_kept() -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "A secret name")
    xmp = b"<x:xmpmeta>A secret name</x:xmpmeta>"
    for content in (
        encoded(half_and_half((40, 20)), "PNG", pnginfo=words),
        encoded(half_and_half((40, 20)), "WEBP", xmp=xmp),
        BytesIO(encoded(half_and_half((40, 20))).getvalue() + b"A secret name"),
    ):
        assert b"secret" in content.getvalue()
        assert b"secret" not in for_post(content).read()


def test_colours_beyond_the_web_s_become_the_same_in_the_web_s() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    odd = for_post(encoded(half_and_half((40, 20)), "PNG", icc_profile=profile))
    assert near(opened(odd).getpixel((20, 2)), RED)  # not of this kind of image: passed over
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = opened(for_post(encoded(half_and_half((40, 20)), "PNG", icc_profile=same)))
    assert near(image.getpixel((20, 2)), RED)
    assert "icc_profile" not in image.info
    for_post(encoded(half_and_half((40, 20)), icc_profile=b"broken"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_of_keeping_colours_is_understood(mode: str) -> None:
    image = half_and_half((40, 20), "L").convert("I;16") if mode == "I;16" else None
    content = encoded(image or half_and_half((40, 20), mode), "JPEG" if mode == "CMYK" else "PNG")
    assert opened(for_post(content)).size == (40, 20)


def test_what_is_clear_stays_clear() -> None:
    image = half_and_half((40, 20), "RGBA")
    image.putalpha(Image.new("L", (40, 20), 0))
    shown = opened(for_post(encoded(image, "PNG")))
    assert shown.getpixel((5, 5))[3] == 0  # type: ignore[index] # four bands
    indexed = encoded(Image.new("P", (40, 20), 0), "GIF", transparency=0)
    assert opened(for_post(indexed)).getpixel((5, 5))[3] == 0  # type: ignore[index] # the same


def test_of_a_moving_picture_the_first_is_taken() -> None:
    frames = [Image.new("RGB", (40, 20), colour) for colour in (RED, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = opened(for_post(content))
    assert not getattr(image, "is_animated", False)
    assert near(image.convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (10, 20), (5_000, 100), (256, 256)])
def test_a_person_s_picture_is_the_middle_square(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, BLUE)
    middle = tuple(side // 2 for side in size)
    reach = min(size) // 4
    image.paste(RED, (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach))
    square = opened(for_person(encoded(image, "PNG")))
    assert square.size == (256, 256)
    assert near(square.getpixel((128, 128)), RED)
    assert near(square.getpixel((5, 5)), BLUE)


def test_more_pixels_than_are_taken_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(RefusedError, match="6400 by 6400 pixels; up to 40 megapixels"):
        for_post(png(6_400, 6_400))


@pytest.mark.parametrize("size", [(16_384, 1), (1, 16_384), (30_000, 30_000), (1, 40_000_000)])
def test_a_side_that_no_webp_holds_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(RefusedError, match=f"{size[0]} by {size[1]} pixels; up to 16,383 a side"):
        for_post(png(*size))


def test_the_longest_side_that_is_taken_is_taken() -> None:
    assert opened(for_post(encoded(half_and_half((16_383, 3)), "PNG"))).size == (1_600, 1)


def test_more_bytes_than_are_taken_are_refused_with_both_numbers() -> None:
    check_size(MAX_BYTES)
    with pytest.raises(RefusedError, match=r"has 8\.5 MB; up to 8 MB are taken"):
        check_size(MAX_BYTES + 500_000)


def test_names_cannot_be_guessed_and_are_never_used_twice() -> None:
    names = {for_post(encoded(half_and_half((4, 2)))).name for _ in range(50)}
    assert len(names) == 50
    assert all(len(str(name)) == len(".webp") + 32 for name in names)
