"""Uploaded images: which files are accepted, and the prepared result."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from posts.errors import ImageRefusedError
from posts.images import MAX_BYTES, PreparedImage, check_size, for_avatar, for_post
from tests.unit.posts.sample_images import BLUE, RED, encoded, half_and_half, photograph, png


def opened(image: PreparedImage) -> Image.Image:
    return Image.open(BytesIO(image.read()))


def near(pixel: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 32 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_accepted_format_becomes_a_webp(kind: str) -> None:
    prepared = for_post(encoded(half_and_half((400, 200)), kind))
    image = opened(prepared)
    assert (image.format, image.size) == ("WEBP", (400, 200))
    assert (prepared.width, prepared.height) == (400, 200)
    assert near(image.getpixel((200, 20)), RED)
    assert near(image.getpixel((200, 180)), BLUE)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "PDF"])
def test_other_formats_are_refused_under_any_name(kind: str) -> None:
    with pytest.raises(ImageRefusedError, match="JPEG, PNG, WebP and GIF are taken"):
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
def test_truncated_image_is_refused(content: bytes) -> None:
    with pytest.raises(ImageRefusedError, match="can\u2019t be read"):
        for_post(BytesIO(content))


def test_large_image_is_shrunk_and_small_one_keeps_its_size() -> None:
    assert opened(for_post(encoded(half_and_half((3_200, 800))))).size == (1_600, 400)
    assert opened(for_post(encoded(half_and_half((800, 3_200)), "PNG"))).size == (400, 1_600)
    assert opened(for_post(encoded(half_and_half((8_000, 2)), "PNG"))).size == (1_600, 1)
    assert opened(for_post(encoded(half_and_half((30, 20))))).size == (30, 20)


def test_photograph_is_turned_upright_and_loses_its_metadata() -> None:
    image = opened(for_post(photograph()))
    assert image.size == (800, 1_600)
    assert near(image.getpixel((400, 100)), RED)
    assert near(image.getpixel((400, 1_500)), BLUE)
    assert not image.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(image.info)


def test_text_hidden_in_a_file_is_not_kept() -> None:
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


def test_colours_of_other_profiles_are_converted_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    odd = for_post(encoded(half_and_half((40, 20)), "PNG", icc_profile=profile))
    assert near(opened(odd).getpixel((20, 2)), RED)  # a profile for another colour mode is ignored
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = opened(for_post(encoded(half_and_half((40, 20)), "PNG", icc_profile=same)))
    assert near(image.getpixel((20, 2)), RED)
    assert "icc_profile" not in image.info
    for_post(encoded(half_and_half((40, 20)), icc_profile=b"broken"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_each_colour_mode_is_decoded(mode: str) -> None:
    image = half_and_half((40, 20), "L").convert("I;16") if mode == "I;16" else None
    content = encoded(image or half_and_half((40, 20), mode), "JPEG" if mode == "CMYK" else "PNG")
    assert opened(for_post(content)).size == (40, 20)


def test_transparency_is_kept() -> None:
    image = half_and_half((40, 20), "RGBA")
    image.putalpha(Image.new("L", (40, 20), 0))
    shown = opened(for_post(encoded(image, "PNG")))
    assert shown.getpixel((5, 5))[3] == 0  # type: ignore[index] # four bands
    indexed = encoded(Image.new("P", (40, 20), 0), "GIF", transparency=0)
    assert opened(for_post(indexed)).getpixel((5, 5))[3] == 0  # type: ignore[index] # the same


def test_first_frame_of_an_animation_is_taken_for_a_still() -> None:
    frames = [Image.new("RGB", (40, 20), colour) for colour in (RED, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = opened(for_post(content, still=True))
    assert not getattr(image, "is_animated", False)
    assert near(image.convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (10, 20), (5_000, 100), (256, 256)])
def test_avatar_is_the_middle_square(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, BLUE)
    middle = tuple(side // 2 for side in size)
    reach = min(size) // 4
    image.paste(RED, (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach))
    square = opened(for_avatar(encoded(image, "PNG")))
    assert square.size == (256, 256)
    assert near(square.getpixel((128, 128)), RED)
    assert near(square.getpixel((5, 5)), BLUE)


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(ImageRefusedError, match="6400 by 6400 pixels; up to 40 megapixels"):
        for_post(png(6_400, 6_400))


@pytest.mark.parametrize("size", [(16_384, 1), (1, 16_384), (30_000, 30_000), (1, 40_000_000)])
def test_side_too_long_for_webp_is_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(
        ImageRefusedError, match=f"{size[0]} by {size[1]} pixels; up to 16,383 a side"
    ):
        for_post(png(*size))


def test_longest_permitted_side_is_accepted() -> None:
    assert opened(for_post(encoded(half_and_half((16_383, 3)), "PNG"))).size == (1_600, 1)


def test_too_many_bytes_are_refused_with_size_and_limit() -> None:
    check_size(MAX_BYTES)
    with pytest.raises(ImageRefusedError, match=r"has 8\.5 MB; up to 8 MB are taken"):
        check_size(MAX_BYTES + 500_000)


def test_names_are_random_and_unique() -> None:
    names = {for_post(encoded(half_and_half((4, 2)))).name for _ in range(50)}
    assert len(names) == 50
    assert all(len(str(name)) == len(".webp") + 32 for name in names)
