"""Decode image files that may be hostile. `posts.image_pool` runs this in a process of its own.

It imports Pillow and nothing of Django, and it gives up all that decoding does not need before it
reads the first byte of a file: memory, CPU time, files, network, new processes.
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

# Address space: of the largest files that are taken, each kind needs less (tests/security).
MAX_MEMORY_BYTES = 800 * 1024 * 1024
QUALITY = 82
PR_SET_NO_NEW_PRIVS = 38

Size = tuple[int, int]
# The limit is our own, below; Pillow's would warn on standard error first.
Image.MAX_IMAGE_PIXELS = None


class PixelsError(Exception):
    """The file says that it has more pixels than are taken."""

    def __init__(self, outcome: Outcome, size: Size) -> None:
        self.outcome, self.size = outcome, size


def prepare(file: BinaryIO, side: int, *, square: bool) -> tuple[bytes, Size]:
    """Return a WebP file made from the pixels alone, no side longer than `side`, and its size.

    Raises:
        PixelsError: there are too many pixels.
        Exception: anything that a decoder makes of a strange file.
    """
    with Image.open(file, formats=FORMATS) as image:
        _check_pixels(image.size)
        prepared = _square(image, side) if square else _shrunk(image, side)
    content = BytesIO()
    prepared.save(content, "WEBP", quality=QUALITY, method=4)
    return content.getvalue(), prepared.size


def _check_pixels(size: Size) -> None:
    """From what the file says of itself, before anything of it is unpacked."""
    if max(size) > MAX_SIDE_PIXELS:
        raise PixelsError(Outcome.TOO_LONG_SIDE, size)
    if size[0] * size[1] > MAX_MEGAPIXELS * 1_000_000:
        raise PixelsError(Outcome.TOO_MANY_PIXELS, size)


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """No side longer than this, upright, in the colours of the web."""
    image.draft("RGB", (side, side))  # a large JPEG need not be unpacked in full
    profile: bytes | None = image.info.get("icc_profile")
    upright = _plain(image)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(upright, in_place=True)
    return _in_srgb(upright, profile) if profile else upright


def _square(image: Image.Image, side: int) -> Image.Image:
    # First so that its shorter side still is long enough, whatever the shape.
    longest = side * max(image.size) // max(1, min(image.size)) + 1
    shrunk = _shrunk(image, longest)
    return ImageOps.fit(shrunk, (side, side), Image.Resampling.LANCZOS)


def _plain(image: Image.Image) -> Image.Image:
    """Red, green and blue; with transparency if the image has any."""
    if image.mode.startswith("I;16"):  # 16 bits a dot, of which the upper 8 are seen
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)  # a copy is a large one


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The same to the eye without its profile, which many cameras' colours need."""
    try:
        colours = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted: Any = ImageCms.profileToProfile(
            image, colours, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken one, or one of CMYK
        return image
    return image if converted is None else converted


# --- The process -----------------------------------------------------------------------------


def main() -> None:
    """Answer requests on standard input, which is a socket, until its other end is closed."""
    # The web process decides when this one ends, also when both are sent a signal.
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
            del file  # not kept until the next one has arrived


def _load_all_of_pillow() -> None:
    """Import what Pillow imports when it is first needed: later, no file can be opened."""
    from PIL import MpoImagePlugin, TiffImagePlugin  # noqa: F401 -- for a photograph's EXIF

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in FORMATS:
        file = BytesIO()
        Image.new("RGB", (2, 2)).save(file, kind, icc_profile=srgb)
        prepare(file, 1, square=True)


def _confine() -> None:
    # Readers come first where CPU time or memory is short; more, and it would never be done.
    os.nice(5)
    with suppress(OSError):  # Linux alone has it
        Path("/proc/self/oom_score_adj").write_text("1000")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # libraries complain of strange files there, in the files' words
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
    for limit, most in limits.items():
        with suppress(ValueError, OSError):  # macOS does not have each of them
            resource.setrlimit(limit, (most, most))


def _answer(file: BinaryIO, side: int, *, square: bool) -> bytes:
    """The whole message for one file; its CPU time is limited by the kernel."""
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
