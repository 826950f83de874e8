"""Files made to break decoders: mutated files, random files, and bombs of each kind.

For each file the result is a WebP within the limits, or a refusal with a sentence. The web process
neither grows nor waits for long.
"""

import os
import time
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from posts import image_pool, images, webp
from posts.errors import ImageBusyError, ImageRefusedError
from posts.image_decoder import MAX_MEMORY_BYTES
from posts.image_messages import MAX_DECODE_SECONDS, MAX_FRAMES
from posts.images import PreparedImage, for_avatar, for_post
from tests.unit.posts.sample_images import chunk, encoded, half_and_half, photograph, png, zeros

pytestmark = pytest.mark.proof

MEGABYTE = 1024 * 1024
# Added to the limit of an image: time to start the process, and for a busy machine.
SPARE_SECONDS = 5


def _moving(kind: str, frames: int = 3, side: int = 30) -> bytes:
    colours = [(n * 80 % 256, n % 256, 0) for n in range(frames)]
    first, *rest = [Image.new("RGB", (side, side), colour) for colour in colours]
    return encoded(first, kind, save_all=True, append_images=rest).getvalue()


REAL = [
    encoded(half_and_half((60, 40)), "PNG").getvalue(),
    encoded(half_and_half((60, 40), "P"), "PNG", transparency=0).getvalue(),
    encoded(half_and_half((60, 40), "L").convert("I;16"), "PNG").getvalue(),
    encoded(half_and_half((60, 40))).getvalue(),
    encoded(half_and_half((60, 40)), progressive=True).getvalue(),
    encoded(half_and_half((60, 40), "CMYK")).getvalue(),
    photograph().getvalue(),
    encoded(half_and_half((60, 40)), "WEBP").getvalue(),
    encoded(half_and_half((60, 40), "RGBA"), "WEBP", lossless=True).getvalue(),
    _moving("WEBP"),
    encoded(half_and_half((60, 40), "P"), "GIF").getvalue(),
    _moving("GIF"),
    _moving("PNG"),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file with bytes changed, cut out, doubled, or the end of another behind it."""
    content = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(content) - 1))
        kind = draw(st.sampled_from(["byte", "word", "cut", "double", "join"]))
        if kind == "byte":
            content[place] = draw(st.integers(0, 255))
        elif kind == "word":  # where files have sizes and lengths
            word = draw(st.sampled_from([0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
            content[place : place + 4] = word.to_bytes(4, draw(st.sampled_from(["big", "little"])))
        elif kind == "cut":
            del content[place : place + draw(st.integers(1, 64))]
        elif kind == "double":
            content[place:place] = content[place : place + draw(st.integers(1, 64))]
        else:
            content[place:] = draw(st.sampled_from(REAL))[place:]
        content = content or bytearray(b"\0")
    return bytes(content)


def check(content: bytes) -> None:
    for prepare, side in ((for_post, images.POST_SIDE), (for_avatar, images.AVATAR_SIDE)):
        picture = taken(prepare, content)
        if picture is not None:
            frames = MAX_FRAMES if picture.still else 1
            size = webp.size(picture.read(), max_frames=frames)
            assert size == (picture.width, picture.height)
            assert max(size) <= side


def taken(prepare: Callable[[IO[bytes]], PreparedImage], content: bytes) -> PreparedImage | None:
    """The image, or None if the file is refused for good, in words. Nothing else is raised."""
    try:
        return prepare(BytesIO(content))
    except ImageBusyError:
        raise
    except ImageRefusedError as refused:
        return None if str(refused).endswith(".") else pytest.fail("no sentence")


EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXAMPLES
@given(mutated())
def test_damaged_file_is_an_image_or_refused(content: bytes) -> None:
    check(content)


@EXAMPLES
@given(
    st.sampled_from([b"", *images.FIRST_BYTES, b"RIFF\xff\xff\0\0WEBPVP8L"]),
    st.binary(max_size=300),
)
def test_made_up_file_is_an_image_or_refused(first: bytes, rest: bytes) -> None:
    check(first + rest)


# --- Bombs ---------------------------------------------------------------------------------------


def _jpeg_of_many_scans() -> bytes:
    """A progressive JPEG that repeats its last scan. Each scan costs a pass over the image."""
    content = encoded(Image.new("RGB", (6_000, 6_000)), progressive=True, quality=30).getvalue()
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    return content[:-2] + scan * ((images.MAX_BYTES - len(content)) // len(scan)) + b"\xff\xd9"


def _png_of_many(kind: bytes, content: bytes, count: int) -> bytes:
    plain = REAL[0]
    return plain[:33] + chunk(kind, content) * count + plain[33:]


def _gif(screen: bytes) -> bytes:
    """A GIF with one frame of 65,535 by 65,535 pixels on a screen of this size."""
    colours, frame = b"\x80\0\0" + bytes(6), b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;"
    return b"GIF89a" + screen + colours + frame


def _icc(size: int) -> bytes:
    return _png_of_many(b"iCCP", b"icc\0\0" + zeros(size), 1)


BOMBS: dict[str, Any] = {
    "png, one pixel wide": lambda: png(
        1, 40_000_000, zeros(40_000_000 * 3), bits=16, colour=0
    ).getvalue(),
    "png, all that is taken": lambda: png(
        8_000, 5_000, zeros(5_000 * (1 + 8_000 * 8)), bits=16, colour=6
    ).getvalue(),
    "png, rows without end": lambda: png(100, 100, zeros(1_000_000_000)).getvalue(),
    "png, 4 billion a side": lambda: png(2**31 - 1, 2**31 - 1).getvalue(),
    "png, text": lambda: _png_of_many(b"zTXt", b"a\0\0" + zeros(60_000_000), 60),
    "png, plain text": lambda: _png_of_many(b"tEXt", b"a\0" + b"x" * 1_000, 7_000),
    "png, colour profile": lambda: _icc(1_000_000_000),
    "png, EXIF": lambda: _png_of_many(b"eXIf", b"MM\0*" + b"\0\0\0\x08" + b"\xff" * 7_000_000, 1),
    "png, frames": lambda: _moving("PNG", 2_000, 60),
    "gif, frames": lambda: _moving("GIF", 3_000, 200),
    "gif, 65,535 a side": lambda: _gif(b"\xff\xff\xff\xff"),
    "gif, a frame beyond the screen": lambda: _gif(b"\x01\0\x01\0"),
    "webp, all that a side may be": lambda: (
        b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0/\xff\xff\xff\x0f" + bytes(15)
    ),
    "webp, frames": lambda: _moving("WEBP", 300, 600),
    "webp, all that is taken": lambda: encoded(
        Image.new("RGBA", (8_000, 5_000), (1, 2, 3, 4)), "WEBP", lossless=True, method=0
    ).getvalue(),
    "jpeg, scans": _jpeg_of_many_scans,
    "jpeg, 65,535 a side": lambda: REAL[3].replace(
        b"\x08\0\x28\0\x3c\x03", b"\x08\xff\xff\xff\xff\x03"
    ),
    "jpeg, EXIF": lambda: (
        REAL[3][:2]
        + (b"\xff\xe1\xff\xffExif\0\0MM\0*\0\0\0\x08" + b"\xff" * (65_533 - 14)) * 120
        + REAL[3][2:]
    ),
}


@pytest.fixture
def quiet_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[image_pool.Pool]:
    """A fresh pool, so that the peak of its process is this test's."""
    pool = image_pool.Pool(processes=1, threads=1)
    monkeypatch.setattr(images, "pool", lambda: pool)
    yield pool
    pool.close()


@pytest.mark.parametrize("kind", BOMBS)
def test_bomb_ends_its_own_process_at_most(kind: str, quiet_pool: image_pool.Pool) -> None:
    content = BOMBS[kind]()
    assert len(content) <= images.MAX_BYTES, f"{len(content):,}"
    small = encoded(half_and_half((40, 20)), "PNG").getvalue()
    for_post(BytesIO(small))
    process, before = quiet_pool.decoders[0].pid, _forget_peak()
    begin = time.monotonic()
    check(content)
    assert time.monotonic() - begin < 2 * (MAX_DECODE_SECONDS + SPARE_SECONDS)
    assert _peak(os.getpid()) - before < 30 * MEGABYTE
    if quiet_pool.decoders[0].pid == process:
        assert _peak(process) <= MAX_MEMORY_BYTES
    picture = for_post(BytesIO(small))
    assert (picture.width, picture.height) == (40, 20)


def _forget_peak() -> int:
    """Reset the peak of this process to its resident size, and return that in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak(os.getpid())


def _peak(pid: int | None) -> int:
    """The largest resident size that a process has had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_the_largest_image_of_each_kind_is_taken(quiet_pool: image_pool.Pool) -> None:
    """The limits of memory and time allow the largest images that are accepted."""
    image = Image.linear_gradient("L").resize((8_000, 5_000)).convert("RGB")
    alpha = image.convert("LA")
    for one, kind, options in (
        (image, "JPEG", {"progressive": True}),
        (image.convert("CMYK"), "JPEG", {}),
        (alpha, "PNG", {"compress_level": 1}),
        (image, "WEBP", {"method": 0}),
        (image.convert("P"), "GIF", {}),
    ):
        picture = for_post(encoded(one, kind, **options))
        assert (picture.width, picture.height) == (1_600, 1_000), kind


def test_zeros_are_what_they_say() -> None:
    """The bombs are made with it."""
    assert zlib.decompress(zeros(2_500_001)) == bytes(2_500_001)
