"""What a request may bring along, before any view has seen it.

Django writes a file of any size to the disk. Of a file too large the rest is read past instead, so
that the form comes back with all its text and says what the limit is.
"""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

from posts.images import MAX_BYTES


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps no more of a file than the limit. The file tells its true size all the same."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > MAX_BYTES:
            return None
        return super().receive_data_chunk(raw_data, start)
