"""Decode image files that may be hostile, in a separate process that `posts.image_pool` starts.

It imports Pillow and nothing of Django. Before it reads the first byte of a file it limits its
memory and CPU time, and gives up opening files, sockets and new processes.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps

from posts.image_messages import (
    ANSWER,
    FORMATS,
    MAX_DECODE_SECONDS,
    MAX_MEGAPIXELS,
    MAX_SIDE_PIXELS,
    REQUEST,
    Outcome,
)

# Address space. The largest accepted file of each format needs less (tests/security).
MAX_MEMORY_BYTES = 800 * 1024 * 1024
QUALITY = 82
PR_SET_NO_NEW_PRIVS = 38

Size = tuple[int, int]
# `_check_pixels` limits the size; Pillow's limit would first warn on standard error.
Image.MAX_IMAGE_PIXELS = None


class PixelsError(Exception):
    """The header declares more pixels than are accepted."""

    def __init__(self, outcome: Outcome, size: Size) -> None:
        self.outcome, self.size = outcome, size


def prepare(file: BinaryIO, side: int, *, square: bool) -> tuple[bytes, Size]:
    """Return a WebP file made from the pixels alone, no side longer than `side`, and its size.

    Raises:
        PixelsError: there are too many pixels.
        Exception: any other, since decoders raise anything for a broken file.
    """
    with Image.open(file, formats=FORMATS) as image:
        _check_pixels(image.size)
        prepared = _square(image, side) if square else _shrunk(image, side)
    content = BytesIO()
    prepared.save(content, "WEBP", quality=QUALITY, method=4)
    return content.getvalue(), prepared.size


def _check_pixels(size: Size) -> None:
    """Check the size in the header, before any pixel is decoded."""
    if max(size) > MAX_SIDE_PIXELS:
        raise PixelsError(Outcome.TOO_LONG_SIDE, size)
    if size[0] * size[1] > MAX_MEGAPIXELS * 1_000_000:
        raise PixelsError(Outcome.TOO_MANY_PIXELS, size)


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """Return the image upright, in sRGB, with no side longer than `side`."""
    image.draft("RGB", (side, side))  # decodes a large JPEG at a reduced size
    profile: bytes | None = image.info.get("icc_profile")
    upright = _plain(image)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(upright, in_place=True)
    return _in_srgb(upright, profile) if profile else upright


def _square(image: Image.Image, side: int) -> Image.Image:
    # Shrink first, to a size whose shorter side is still at least `side`.
    longest = side * max(image.size) // max(1, min(image.size)) + 1
    shrunk = _shrunk(image, longest)
    return ImageOps.fit(shrunk, (side, side), Image.Resampling.LANCZOS)


def _plain(image: Image.Image) -> Image.Image:
    """Return the image as RGB, or RGBA with transparency. A copy is large, so only if needed."""
    if image.mode.startswith("I;16"):  # 16 bits a pixel: keep the upper 8
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours to sRGB, since the colour profile is not kept."""
    try:
        colours = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted: Any = ImageCms.profileToProfile(
            image, colours, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile, or one for CMYK
        return image
    return image if converted is None else converted


# --- The process -----------------------------------------------------------------------------


def main() -> None:
    """Answer requests on standard input, which is a socket, until its other end is closed."""
    # Only the web process ends this one, also when a signal is sent to both.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _load_all_of_pillow()
    _confine()
    # pathlib can't open a descriptor.
    with open(0, "rb", closefd=False) as requests:
        while len(header := requests.read(REQUEST.size)) == REQUEST.size:
            length, side, square = REQUEST.unpack(header)
            file = BytesIO(requests.read(length))
            _send(_answer(file, side, square=square))
            del file  # release it before the next one is read


def _load_all_of_pillow() -> None:
    """Import the modules that Pillow loads on first use: later, no file can be opened."""
    from PIL import MpoImagePlugin, TiffImagePlugin  # noqa: F401 -- for a photograph's EXIF

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in FORMATS:
        file = BytesIO()
        Image.new("RGB", (2, 2)).save(file, kind, icc_profile=srgb)
        prepare(file, 1, square=True)


def _confine() -> None:
    # Requests come first when memory is short.
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text("1000")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # libraries write content of broken files there
    os.close(quiet)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: MAX_MEMORY_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,  # no new file or socket; the open ones stay
    }
    for limit, maximum in limits.items():
        with suppress(ValueError, OSError):  # macOS lacks some of them
            resource.setrlimit(limit, (maximum, maximum))


def _answer(file: BinaryIO, side: int, *, square: bool) -> bytes:
    """Return the answer message for one file. The kernel limits its CPU time."""
    until = int(time.process_time()) + 1 + MAX_DECODE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    try:
        content, (width, height) = prepare(file, side, square=square)
    except PixelsError as error:
        return ANSWER.pack(error.outcome, 0, *error.size)
    except MemoryError:
        return ANSWER.pack(Outcome.OUT_OF_MEMORY, 0, 0, 0)
    except Exception:  # noqa: BLE001 -- decoders raise anything
        return ANSWER.pack(Outcome.UNREADABLE, 0, 0, 0)
    return ANSWER.pack(Outcome.PREPARED, len(content), width, height) + content


def _send(message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(0, left) :]
