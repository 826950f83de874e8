"""What a request may bring along, before any view has seen it.

Django writes a file of any size to the disk first. A file too large is read past instead, so that
the form comes back with all its text and says what the limit is.
"""

from io import BytesIO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from posts.images import MOST_BYTES


class BoundedUploadHandler(FileUploadHandler):
    """The first of the handlers: it keeps from the others what is beyond the limit."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= MOST_BYTES else None

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        if file_size <= MOST_BYTES:
            return None
        # Its size is the true one, and of its content nothing is there.
        return UploadedFile(
            BytesIO(),
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )
