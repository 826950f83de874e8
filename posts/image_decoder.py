"""Decode image files that may be hostile, in a separate process that `posts.image_pool` starts.

It imports Pillow and nothing of Django. Before it reads the first byte of a file it limits its
memory and CPU time, and gives up opening files, sockets and new processes.
"""

import ctypes
import math
import os
import resource
import signal
import struct
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from PIL import Image, ImageCms, ImageOps

from posts.image_messages import (
    ANSWER,
    FORMATS,
    MAX_DECODE_SECONDS,
    MAX_FRAMES,
    MAX_MEGAPIXELS,
    MAX_MOVING_MEGAPIXELS,
    MAX_SIDE_PIXELS,
    REQUEST,
    Outcome,
)

# Address space. The largest accepted file of each format needs less (tests/security).
MAX_MEMORY_BYTES = 800 * 1024 * 1024
QUALITY = 82
# Of a moving image: the result is smaller, so that a reader's line carries it.
MOVING_FORMATS = frozenset({"GIF", "WEBP", "PNG"})
MOVING_SIDE, MOVING_QUALITY, MOVING_METHOD = 640, 65, 1
MAX_ENCODED_PIXELS = 16_000_000  # in all frames; the frames of a long one are made smaller
MAX_MOVING_BYTES = 4 * 1024 * 1024
MAX_FRAMES_SECONDS = 5  # of CPU time, until all frames are read
# Browsers show a frame of less time for a tenth of a second.
MIN_FRAME_MILLISECONDS, MAX_FRAME_MILLISECONDS, USUAL_FRAME_MILLISECONDS = 20, 10_000, 100
WEBP_ANIMATION_FLAG = 0x02
PR_SET_NO_NEW_PRIVS = 38

# What Pillow raises for frames of a damaged file.
DAMAGED = (EOFError, IndexError, OSError, SyntaxError, ValueError, struct.error)

Size = tuple[int, int]
# `_check_pixels` limits the size; Pillow's limit would first warn on standard error.
Image.MAX_IMAGE_PIXELS = None


class Prepared(NamedTuple):
    """A WebP file and its size in pixels. `still`: the first frame of a moving one, else empty."""

    content: bytes
    size: Size
    still: bytes = b""


class PixelsError(Exception):
    """There are more pixels, or more frames, than are accepted."""

    def __init__(self, outcome: Outcome, size: Size) -> None:
        self.outcome, self.size = outcome, size


def prepare(file: BinaryIO, side: int, *, square: bool, moving: bool = False) -> Prepared:
    """Return a WebP file made from the pixels alone, no side longer than `side`.

    `moving`: a moving image stays one.

    Raises:
        PixelsError: there are too many pixels or frames.
        Exception: any other, since decoders raise anything for a broken file.
    """
    with Image.open(file, formats=FORMATS) as image:
        _check_pixels(image.size)
        if moving and image.format in MOVING_FORMATS and getattr(image, "is_animated", False):
            with suppress(*DAMAGED):  # then its first frame may be whole
                return _animation(image, min(side, MOVING_SIDE))
            image.seek(0)
        prepared = _square(image, side) if square else _shrunk(image, side)
    return Prepared(_encoded(prepared, quality=QUALITY, method=4), prepared.size)


def _encoded(image: Image.Image, **options: Any) -> bytes:
    content = BytesIO()
    image.save(content, "WEBP", **options)
    return content.getvalue()


def _animation(image: Any, side: int) -> Prepared:
    """Return all frames as one moving WebP file, which repeats without end."""
    count, (width, height) = image.n_frames, image.size
    pixels = count * width * height
    if count > MAX_FRAMES or pixels > MAX_MOVING_MEGAPIXELS * 1_000_000:
        raise PixelsError(Outcome.TOO_MUCH_MOTION, image.size)
    scale = min(1, side / max(width, height), math.sqrt(MAX_ENCODED_PIXELS / pixels))
    size = max(1, int(width * scale)), max(1, int(height * scale))
    frames, durations = _frames(image, count, size)
    options = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    content = _encoded(frames[0], **options, quality=MOVING_QUALITY, method=MOVING_METHOD)
    if len(content) > MAX_MOVING_BYTES:
        raise PixelsError(Outcome.TOO_MUCH_MOTION, image.size)
    still = _encoded(frames[0], quality=QUALITY, method=4)
    # The encoder makes a still of frames that are all the same.
    moves = content[12:16] == b"VP8X" and content[20] & WEBP_ANIMATION_FLAG
    return Prepared(content, size, still) if moves else Prepared(still, size)


def _frames(image: Any, count: int, size: Size) -> tuple[list[Image.Image], list[int]]:
    """Return the frames in this size, and how many milliseconds each is shown."""
    canvas, frames, durations = image.size, list[Image.Image](), list[int]()
    deadline = time.process_time() + MAX_FRAMES_SECONDS
    for number in range(count):
        image.seek(number)
        if image.size != canvas or time.process_time() > deadline:
            raise PixelsError(Outcome.TOO_MUCH_MOTION, image.size)
        frames.append(image.convert("RGBA").resize(size, Image.Resampling.BILINEAR))
        shown = int(image.info.get("duration") or 0)
        usual = shown < MIN_FRAME_MILLISECONDS
        durations.append(USUAL_FRAME_MILLISECONDS if usual else min(shown, MAX_FRAME_MILLISECONDS))
    return frames, durations


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
            length, side, square, moving = REQUEST.unpack(header)
            file = BytesIO(requests.read(length))
            _send(_answer(file, side, square=square, moving=moving))
            del file  # release it before the next one is read


def _load_all_of_pillow() -> None:
    """Import the modules that Pillow loads on first use: later, no file can be opened."""
    from PIL import MpoImagePlugin, TiffImagePlugin  # noqa: F401 -- for a photograph's EXIF

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in FORMATS:
        file = BytesIO()
        Image.new("RGB", (2, 2)).save(file, kind, icc_profile=srgb)
        prepare(file, 1, square=True)
    for kind in MOVING_FORMATS:
        file = BytesIO()
        frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        prepare(file, 2, square=False, moving=True)


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


def _answer(file: BinaryIO, side: int, *, square: bool, moving: bool = False) -> bytes:
    """Return the answer message for one file. The kernel limits its CPU time."""
    until = int(time.process_time()) + 1 + MAX_DECODE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    try:
        content, size, still = prepare(file, side, square=square, moving=moving)
    except PixelsError as error:
        return ANSWER.pack(error.outcome, 0, *error.size, 0)
    except MemoryError:
        return ANSWER.pack(Outcome.OUT_OF_MEMORY, 0, 0, 0, 0)
    except Exception:  # noqa: BLE001 -- decoders raise anything
        return ANSWER.pack(Outcome.UNREADABLE, 0, 0, 0, 0)
    return ANSWER.pack(Outcome.PREPARED, len(content), *size, len(still)) + content + still


def _send(message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(0, left) :]
