"""Request bodies, read completely before Django handles the request.

The server passes a body on as it arrives. A read waits for its bytes without a time limit, and
returns fewer bytes without an error when the client has disconnected. A form with files has an end
of its own, the closing boundary: Django would take what stands before, were it missing.
"""

import io
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.http import parse_header_parameters

Environ = dict[str, Any]

# For forms with files. A larger form is refused and its text is lost; nginx refuses it earlier.
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
# Larger bodies are kept in a temporary file.
MAX_BYTES_IN_MEMORY = 256 * 1024
BLOCK_BYTES = 64 * 1024
MULTIPART = "multipart/form-data"
# Line breaks and blanks after the closing boundary; clients send two bytes at most.
MAX_PADDING_BYTES = 64
UNFINISHED = "The connection ended before the whole body arrived."
NO_END = "The form ends before its closing boundary: a part of it is missing."


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
        BodyRefused: it has no length, is shorter than its Content-Length, or is a form with files
            that lacks its end.
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
            _check_end(body, environ.get("CONTENT_TYPE", ""), content_length)
        except BaseException:
            body.close()
            raise
    environ["wsgi.input"] = body
    return body  # type: ignore[no-any-return] # both are binary files


def _max_bytes(environ: Environ) -> int:
    if environ.get("CONTENT_TYPE", "").lower().startswith(MULTIPART):
        return MAX_UPLOAD_BYTES
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or MAX_UPLOAD_BYTES


def _copy(source: IO[bytes], target: IO[bytes], content_length: int) -> None:
    missing = content_length
    while missing:
        block = source.read(min(missing, BLOCK_BYTES))
        if not block:
            raise BodyRefused(HTTPStatus.BAD_REQUEST, UNFINISHED)
        target.write(block)
        missing -= len(block)
    target.seek(0)


def _check_end(body: IO[bytes], content_type: str, content_length: int) -> None:
    """Check that a form with files ends with its closing boundary (RFC 2046, section 5.1.1)."""
    if not content_length or not content_type.lower().startswith(MULTIPART):
        return
    try:
        boundary = parse_header_parameters(content_type)[1]["boundary"]
    except (LookupError, ValueError):
        return  # Django refuses it
    end = f"--{boundary}--".encode(errors="replace")
    body.seek(max(0, content_length - len(end) - MAX_PADDING_BYTES))
    if not body.read().rstrip(b" \t\r\n").endswith(end):
        raise BodyRefused(HTTPStatus.BAD_REQUEST, NO_END)
    body.seek(0)
