"""Images that people upload: checked, turned upright, shrunk, and written anew.

What is kept is made from the pixels alone, so nothing else of the file is ever stored or sent:
no position, no camera, no preview of what was cut off, nothing hidden behind the image. The file
is decoded by another process (`posts.image_pool`); this one looks at its first bytes.
"""

import os
import secrets
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

import structlog
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from posts.image_messages import MAX_MEGAPIXELS, MAX_SIDE_PIXELS, Outcome
from posts.image_pool import Answer, DecodingFailedError, PoolBusyError, pool

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
PERSON_SIDE = 256
BUSY_SECONDS = 2


class RefusedError(Exception):
    """A file that is not taken. `str()` tells the person why, and what is.

    `status` is that of the page that says so; `retry_after_seconds` is set where the same file may
    be taken later.
    """

    code = "refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    retry_after_seconds: int | None = None


class BusyError(RefusedError):
    """Too many images are being worked on now."""

    code = "busy"
    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_after_seconds = BUSY_SECONDS


class Picture(AnyContentFile):
    """A picture ready to be stored, under a name that nobody can guess."""

    def __init__(self, content: bytes, size: tuple[int, int]) -> None:
        super().__init__(content, name=f"{secrets.token_hex(16)}.webp")
        self.width, self.height = size


def for_post(file: IO[bytes]) -> Picture:
    """The picture as a post shows it.

    Raises:
        RefusedError: it is no image that is taken.
        BusyError: not now.
    """
    return _prepare(file, POST_SIDE)


def for_person(file: IO[bytes]) -> Picture:
    """The middle of the picture, as a small square. Raises as `for_post` does."""
    return _prepare(file, PERSON_SIDE, square=True)


def check_size(count: int) -> None:
    """Raise `RefusedError` if a file of so many bytes is too large."""
    if count > MAX_BYTES:
        raise RefusedError(
            _("That file has %(size)s MB; up to %(most)s MB are taken.")
            % {"size": f"{count / 1024 / 1024:.1f}", "most": MAX_MEGABYTES}
        )


def _prepare(file: IO[bytes], side: int, *, square: bool = False) -> Picture:
    file.seek(0, os.SEEK_END)
    length = file.tell()
    check_size(length)
    file.seek(0)
    if not file.read(8).startswith(FIRST_BYTES):
        raise _unreadable()
    file.seek(0)
    try:
        answer = pool().decode(file, length=length, side=side, square=square)
    except PoolBusyError as error:
        raise BusyError(
            _("Many images are being prepared just now. Send it again in a few seconds.")
        ) from error
    except DecodingFailedError as error:
        raise _too_costly() from error
    if answer.outcome is not Outcome.PREPARED:
        log.info("image refused", outcome=answer.outcome.name)
        raise _refusal(answer)
    return Picture(answer.content, (answer.width, answer.height))


def _refusal(answer: Answer) -> RefusedError:
    values = {"width": answer.width, "height": answer.height}
    if answer.outcome is Outcome.TOO_LONG_SIDE:
        return RefusedError(
            _("That image has %(width)s by %(height)s pixels; up to %(most)s a side are taken.")
            % {**values, "most": f"{MAX_SIDE_PIXELS:,}"}
        )
    if answer.outcome is Outcome.TOO_MANY_PIXELS:
        return RefusedError(
            _("That image has %(width)s by %(height)s pixels; up to %(most)s megapixels are taken.")
            % {**values, "most": MAX_MEGAPIXELS}
        )
    return _too_costly() if answer.outcome is Outcome.OUT_OF_MEMORY else _unreadable()


def _unreadable() -> RefusedError:
    return RefusedError(
        _("That file can\u2019t be read as an image. JPEG, PNG, WebP and GIF are taken.")
    )


def _too_costly() -> RefusedError:
    return RefusedError(
        _("That image takes too much memory or time to read. Save it smaller, then try again.")
    )
