"""The storage of uploaded images. A full or broken disk gives a clear refusal instead of a 500."""

import re
from contextlib import suppress
from pathlib import Path

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext as _

from posts.errors import ImageNotStoredError
from posts.images import is_moving, still_of

log = structlog.stdlib.get_logger(__name__)


# Names that this site makes, which need no quoting.
_PLAIN_NAME = re.compile(r"[a-z]+/[0-9a-f]{32}[ms]?\.webp")


class ImageStorage(FileSystemStorage):
    """Files in MEDIA_ROOT. Names must be unique: a failed write removes the file of its name.

    Raises:
        ImageNotStoredError: on saving, if the disk is full or can't be written.
    """

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg] # of Django
        still = getattr(content, "still", b"")
        try:
            stored: str = super()._save(name, content)  # type: ignore[misc] # not in the stubs
            if still:
                super()._save(still_of(name), ContentFile(still))  # type: ignore[misc] # the same
        except OSError as error:
            log.exception("image not stored: is the disk full, or MEDIA_ROOT not writable?")
            for part in {name, still_of(name)}:
                with suppress(OSError):
                    Path(self.path(part)).unlink()
            raise ImageNotStoredError(
                _("The image can\u2019t be stored just now. Nothing else is wrong with your text.")
            ) from error
        return stored

    def delete(self, name: str) -> None:
        """Delete a file; of a moving image, the file of its first frame too."""
        super().delete(name)
        if is_moving(name):
            super().delete(still_of(name))

    def url(self, name: str | None) -> str:
        """Return the path of an image. Each page asks for dozens, and quoting one costs 15 µs."""
        if name and _PLAIN_NAME.fullmatch(name) and self.base_url:
            return self.base_url + name
        return super().url(name)
