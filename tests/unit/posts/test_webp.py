"""The size in the header of a WebP file."""

from typing import Any

import pytest
from PIL import Image

from posts import webp
from tests.unit.posts.sample_images import encoded, half_and_half

PLAIN = encoded(half_and_half((40, 20)), "WEBP").getvalue()


@pytest.mark.parametrize("size", [(1, 1), (40, 20), (20, 40), (1_600, 257)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_header_size_equals_the_image_size(
    size: tuple[int, int], mode: str, lossless: bool
) -> None:
    image = Image.new(mode, size, (1, 2, 3, 4) if mode == "RGBA" else (1, 2, 3))
    assert webp.size(encoded(image, "WEBP", lossless=lossless).getvalue()) == size


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        PLAIN[:29],
        PLAIN[:-2],
        PLAIN + b"x",
        PLAIN.replace(b"WEBP", b"WAVE"),
        PLAIN.replace(b"VP8 ", b"VP8?"),
        PLAIN.replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"),
        b"RIFF\x04\x00\x00\x00WEBP",
        encoded(half_and_half((40, 20)), "PNG").getvalue(),
    ],
)
def test_other_content_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="WebP"):
        webp.size(content)


def test_metadata_and_animation_are_errors() -> None:
    image = half_and_half((40, 20))
    for options in (
        {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"},
        {"xmp": b"<x/>"},
        {"save_all": True, "append_images": [Image.new("RGB", (40, 20))]},
    ):
        with pytest.raises(ValueError, match="kind that is stored"):
            webp.size(encoded(image, "WEBP", **options).getvalue())


def moving(**options: Any) -> bytes:
    frames = [Image.new("RGB", (40, 20), colour) for colour in ("red", "lime", "blue")]
    more = {"save_all": True, "append_images": frames[1:], **options}
    return encoded(frames[0], "WEBP", **more).getvalue()


MOVING = moving()


def test_moving_file_has_the_size_of_its_canvas() -> None:
    assert webp.size(MOVING, max_frames=3) == (40, 20)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        moving(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        MOVING[:-2],
        MOVING.replace(b"ANIM", b"ANIN"),
        MOVING.replace(b"ANMF", b"ANMG", 1),
        MOVING[:52] + b"\xff" + MOVING[53:],  # the first frame begins at 2 * 255
    ],
    ids=["still", "metadata", "cut", "no ANIM", "another chunk", "beyond the canvas"],
)
def test_other_moving_content_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="WebP"):
        webp.size(content, max_frames=3)


def test_more_frames_than_permitted_are_an_error() -> None:
    with pytest.raises(ValueError, match="up to 2 frames"):
        webp.size(MOVING, max_frames=2)
