"""Request bodies, read completely before Django handles the request.

The server passes a body on as it arrives. A read waits for its bytes without a time limit, and
returns fewer bytes without an error when the client has disconnected.
"""

import io
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig

Environ = dict[str, Any]

# For forms with files. A larger form is refused and its text is lost; nginx refuses it earlier.
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
# Larger bodies are kept in a temporary file.
MAX_BYTES_IN_MEMORY = 256 * 1024
BLOCK_BYTES = 64 * 1024


class BodyRefused(Exception):  # noqa: N818 -- an error of the client, with a response
    """A body that is not accepted. `detail` is a sentence for the client."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class TooLargeBody(io.RawIOBase):
    """Replacement for a body above the limit. Django answers its error with 413 or 400."""

    def read(self, size: int = -1, /) -> NoReturn:
        """Refuse to read.

        Raises:
            RequestDataTooBig: always.
        """
        raise RequestDataTooBig("The body is larger than this service reads.")

    def readline(self, size: int | None = -1, /) -> NoReturn:
        """Refuse to read, as `read`."""
        self.read()


def ignore_body(environ: Environ) -> None:
    """Remove the body of a request that needs none, so that no code can wait for it."""
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input"] = io.BytesIO()


def read_body(environ: Environ) -> IO[bytes]:
    """Read the whole body and replace `wsgi.input` by it. The caller closes it after the request.

    Raises:
        BodyRefused: it has no length, or is shorter than its Content-Length.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        # For such a body the server reports its end and a lost connection in the same way.
        detail = "Send the body with a Content-Length."
        raise BodyRefused(HTTPStatus.LENGTH_REQUIRED, detail)
    content_length = int(environ.get("CONTENT_LENGTH") or 0)
    body: Any
    if content_length > _max_bytes(environ):
        body = TooLargeBody()
    else:
        body = SpooledTemporaryFile(max_size=MAX_BYTES_IN_MEMORY)  # noqa: SIM115 -- closed by the caller
        try:
            _copy(environ["wsgi.input"], body, content_length)
        except BaseException:
            body.close()
            raise
    environ["wsgi.input"] = body
    return body  # type: ignore[no-any-return] # both are binary files


def _max_bytes(environ: Environ) -> int:
    if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
        return MAX_UPLOAD_BYTES
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or MAX_UPLOAD_BYTES


def _copy(source: IO[bytes], target: IO[bytes], content_length: int) -> None:
    missing = content_length
    while missing:
        block = source.read(min(missing, BLOCK_BYTES))
        if not block:
            detail = "The connection ended before the whole body arrived."
            raise BodyRefused(HTTPStatus.BAD_REQUEST, detail)
        target.write(block)
        missing -= len(block)
    target.seek(0)
