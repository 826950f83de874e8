"""Request bodies, read as a whole before anything else happens to the request.

The server hands over a body as it comes: it waits, without a limit of time, for the bytes that are
asked for, and for a client that has gone it gives fewer of them, without an error.
"""

import io
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig

Environ = dict[str, Any]

# With files. A form with more comes back without its text, and nginx lets none through.
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
# More lies in a file meanwhile.
MAX_BYTES_IN_MEMORY = 256 * 1024
BLOCK_BYTES = 64 * 1024


class BodyRefused(Exception):  # noqa: N818 -- the client's fault, and answered
    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class TooLarge(io.RawIOBase):
    """Stands for a body that is not read. Django answers its reader as it answers any too large."""

    def read(self, size: int = -1, /) -> NoReturn:
        """Read nothing.

        Raises:
            RequestDataTooBig: always.
        """
        raise RequestDataTooBig("The body is larger than this service reads.")

    def readline(self, size: int | None = -1, /) -> NoReturn:
        """As `read`."""
        self.read()


def ignore_body(environ: Environ) -> None:
    """Take the body away from a request that needs none, so that nothing can wait for it."""
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input"] = io.BytesIO()


def read_body(environ: Environ) -> IO[bytes]:
    """Read the whole body and put it where the server's was; close it after the request.

    Raises:
        BodyRefused: it has no length, or less of it came than was announced.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        # The server tells no end of such a body from a connection that was cut in the middle.
        detail = "Send the body with a Content-Length."
        raise BodyRefused(HTTPStatus.LENGTH_REQUIRED, detail)
    announced = int(environ.get("CONTENT_LENGTH") or 0)
    body: Any
    if announced > _max_bytes(environ):
        body = TooLarge()
    else:
        body = SpooledTemporaryFile(max_size=MAX_BYTES_IN_MEMORY)  # noqa: SIM115 -- the request's end closes it
        try:
            _copy(environ["wsgi.input"], body, announced)
        except BaseException:
            body.close()
            raise
    environ["wsgi.input"] = body
    return body  # type: ignore[no-any-return] # either is a file of bytes


def _max_bytes(environ: Environ) -> int:
    if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
        return MAX_UPLOAD_BYTES
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or MAX_UPLOAD_BYTES


def _copy(source: IO[bytes], target: IO[bytes], announced: int) -> None:
    missing = announced
    while missing:
        block = source.read(min(missing, BLOCK_BYTES))
        if not block:
            detail = "The connection ended before the whole body had come."
            raise BodyRefused(HTTPStatus.BAD_REQUEST, detail)
        target.write(block)
        missing -= len(block)
    target.seek(0)
