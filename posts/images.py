"""Uploaded images: checked, turned upright, shrunk, and encoded again as WebP.

The stored file is made from the pixels only, so no other part of the upload is stored or sent: no
position, no camera model, no preview of a cropped part, no appended data. Another process decodes
the file (`posts.image_pool`); this one looks only at its first bytes.
"""

import os
import secrets
from typing import IO, TYPE_CHECKING

import structlog
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from posts.errors import DecodingFailedError, ImageBusyError, ImageRefusedError, PoolBusyError
from posts.image_messages import (
    MAX_FRAMES,
    MAX_MEGAPIXELS,
    MAX_MOVING_MEGAPIXELS,
    MAX_SIDE_PIXELS,
    Outcome,
)
from posts.image_pool import Answer, pool

if TYPE_CHECKING:
    AnyContentFile = ContentFile[bytes]
else:  # generic for the type checker only
    AnyContentFile = ContentFile

log = structlog.stdlib.get_logger(__name__)

CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
FIRST_BYTES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF87a", b"GIF89a")
MAX_MEGABYTES = 8
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
POST_SIDE = 1_600
AVATAR_SIDE = 256
# How the names of stored files end: of a still image, of a moving one, and of its first frame.
STORED_END, MOVING_END, STILL_END = ".webp", "m.webp", "s.webp"


class PreparedImage(AnyContentFile):
    """An image ready to be stored, under a random name that can't be guessed."""

    def __init__(self, content: bytes, size: tuple[int, int], still: bytes = b"") -> None:
        end = MOVING_END if still else STORED_END
        super().__init__(content, name=f"{secrets.token_hex(16)}{end}")
        self.width, self.height = size
        self.still = still  # the first frame of a moving image, which is stored beside it


def is_moving(name: str) -> bool:
    """Return whether the stored file of this name or URL is a moving image."""
    return name.endswith(MOVING_END)


def still_of(name: str) -> str:
    """Return the name or URL of the still image that pages show; of a still one, its own."""
    return name.removesuffix(MOVING_END) + STILL_END if is_moving(name) else name


def for_post(file: IO[bytes], *, still: bool = False) -> PreparedImage:
    """Prepare the image of a post: no side is longer than POST_SIDE pixels.

    A moving image stays one, unless `still`.

    Raises:
        ImageRefusedError: the file is not accepted.
        ImageBusyError: too many images are being decoded now.
    """
    return _prepare(file, POST_SIDE, moving=not still)


def for_avatar(file: IO[bytes]) -> PreparedImage:
    """Prepare an avatar: the middle square, AVATAR_SIDE pixels wide.

    Raises:
        ImageRefusedError: the file is not accepted.
        ImageBusyError: too many images are being decoded now.
    """
    return _prepare(file, AVATAR_SIDE, square=True)


def check_size(count: int) -> None:
    """Check the size of a file in bytes.

    Raises:
        ImageRefusedError: it is above MAX_BYTES.
    """
    if count > MAX_BYTES:
        raise ImageRefusedError(
            _("That file has %(size)s MB; up to %(most)s MB are taken.")
            % {"size": f"{count / 1024 / 1024:.1f}", "most": MAX_MEGABYTES}
        )


def _prepare(
    file: IO[bytes], side: int, *, square: bool = False, moving: bool = False
) -> PreparedImage:
    file.seek(0, os.SEEK_END)
    length = file.tell()
    check_size(length)
    file.seek(0)
    if not file.read(8).startswith(FIRST_BYTES):
        raise _unreadable()
    file.seek(0)
    try:
        answer = pool().decode(file, length=length, side=side, square=square, moving=moving)
    except PoolBusyError as error:
        raise ImageBusyError(
            _("Many images are being prepared just now. Send it again in a few seconds.")
        ) from error
    except DecodingFailedError as error:
        raise _too_costly() from error
    if answer.outcome is not Outcome.PREPARED:
        log.info("image refused", outcome=answer.outcome.name)
        raise _refusal(answer)
    return PreparedImage(answer.content, (answer.width, answer.height), answer.still)


def _refusal(answer: Answer) -> ImageRefusedError:
    values = {"width": answer.width, "height": answer.height}
    if answer.outcome is Outcome.TOO_LONG_SIDE:
        return ImageRefusedError(
            _("That image has %(width)s by %(height)s pixels; up to %(most)s a side are taken.")
            % {**values, "most": f"{MAX_SIDE_PIXELS:,}"}
        )
    if answer.outcome is Outcome.TOO_MANY_PIXELS:
        return ImageRefusedError(
            _("That image has %(width)s by %(height)s pixels; up to %(most)s megapixels are taken.")
            % {**values, "most": MAX_MEGAPIXELS}
        )
    if answer.outcome is Outcome.TOO_MUCH_MOTION:
        return ImageRefusedError(
            _(
                "That animation is too large to keep moving: up to %(frames)s frames and %(most)s"
                " megapixels in all are taken. Save it smaller, or send it as a still image."
            )
            % {"frames": MAX_FRAMES, "most": MAX_MOVING_MEGAPIXELS}
        )
    return _too_costly() if answer.outcome is Outcome.OUT_OF_MEMORY else _unreadable()


def _unreadable() -> ImageRefusedError:
    return ImageRefusedError(
        _("That file can\u2019t be read as an image. JPEG, PNG, WebP and GIF are taken.")
    )


def _too_costly() -> ImageRefusedError:
    return ImageRefusedError(
        _("That image takes too much memory or time to read. Save it smaller, then try again.")
    )
