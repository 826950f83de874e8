"""The storage of uploaded images: a full or broken disk is a refusal that says so, not a fault."""

from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import structlog
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext as _

from posts.images import RefusedError

log = structlog.stdlib.get_logger(__name__)


class NotStoredError(RefusedError):
    """The image could not be written; nothing of it is left."""

    code = "not_stored"
    status = HTTPStatus.INSUFFICIENT_STORAGE


class ImageStorage(FileSystemStorage):
    """Files in MEDIA_ROOT. Names must be unique: a failed write removes what it has begun.

    Raises:
        NotStoredError: on saving, when the disk is full or can't be written.
    """

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg] # of Django
        try:
            stored: str = super()._save(name, content)  # type: ignore[misc] # not in the stubs
        except OSError as error:
            log.exception("image not stored: is the disk full, or MEDIA_ROOT not writable?")
            with suppress(OSError):
                Path(self.path(name)).unlink()
            raise NotStoredError(
                _("The image can\u2019t be stored just now. Nothing else is wrong with your text.")
            ) from error
        return stored
