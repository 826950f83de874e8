"""The upload handler: it bounds files before a view runs.

Django writes a file of any size to the disk. This handler discards what is above the limit, so that
the form is shown again with its text and names the limit.
"""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

from posts.images import MAX_BYTES


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps a file only up to the limit. The file still reports its true size."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > MAX_BYTES:
            return None
        return super().receive_data_chunk(raw_data, start)
