"""The exceptions of this package that are raised in one module and handled in another."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, PermissionDenied

RETRY_IMAGE_SECONDS = 2


class PostsError(Exception):
    """Base class of the exceptions below."""


# --- The database ------------------------------------------------------------------------------


class OutcomeUnknownError(PostsError, OperationalError):
    """COMMIT was sent, and its answer was lost or did not come in time."""


def is_outcome_unknown(request: Any, error: BaseException | None) -> bool:
    """Return whether a request that failed with this error of the database may have saved anything.

    `has_committed` is set by feedsite/commits.py.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return False
    return isinstance(error, OutcomeUnknownError) or getattr(request, "has_committed", False)


# --- Images ------------------------------------------------------------------------------------


class ImageRefusedError(PostsError):
    """An image that is not accepted. `str()` tells the person the reason and the limits.

    `status` is the HTTP status of the page that says so. `retry_after_seconds` is set where the
    same file may be accepted later.
    """

    code = "refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    retry_after_seconds: int | None = None


class ImageBusyError(ImageRefusedError):
    """Too many images are being decoded now."""

    code = "busy"
    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_after_seconds = RETRY_IMAGE_SECONDS


class ImageNotStoredError(ImageRefusedError):
    """The image could not be written to the storage; no part of it is left there."""

    code = "not_stored"
    status = HTTPStatus.INSUFFICIENT_STORAGE


class StorageFullError(ImageRefusedError):
    """The image would take the account beyond its quota."""

    code = "storage_quota"


class PoolBusyError(PostsError):
    """All decoding processes are at work, and the maximum of threads waits; retry later."""


class DecodingFailedError(PostsError):
    """The decoding process ended, took too long, or sent an invalid answer."""


# --- Limits ------------------------------------------------------------------------------------


class LimitExceededError(PostsError):
    """A limit is reached. Wherever a view raises it, the answer is 429 with Retry-After.

    `seconds`: until the next use is allowed.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"limit exceeded: retry in {seconds} s")
        self.seconds = seconds


class TooManyAttemptsError(PostsError, ValidationError):
    """Too many wrong passwords. `seconds`: until the next password is checked."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            _("Too many failed login attempts. Try again later."), code="too_many_login_attempts"
        )
        self.seconds = seconds


# --- Programs that write -----------------------------------------------------------------------


class WriteRefusedError(PostsError, APIException):
    """A refused request of the API whose problem document has `default_code` as its `code`."""


class InvalidKeyError(WriteRefusedError):
    status_code = HTTPStatus.BAD_REQUEST
    default_detail = (
        "The header Idempotency-Key must hold 1 to 255 visible ASCII characters, best a UUID."
    )
    default_code = "invalid_key"


class KeyReusedError(WriteRefusedError):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = (
        "This Idempotency-Key came with another request before. Send each request with its own."
    )
    default_code = "key_reused"


class DeletedSinceError(WriteRefusedError):
    status_code = HTTPStatus.CONFLICT
    default_detail = (
        "The request with this Idempotency-Key was done, and what it made has been deleted since."
        " It is not made again."
    )
    default_code = "deleted_since"


class VersionConflictError(WriteRefusedError):
    """The post was changed after the version that the writer has seen. `row` is as it is now."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "It was changed after the version that you began from. Read it again first."
    default_code = "newer_version"

    def __init__(self, row: Any) -> None:
        super().__init__()
        self.row = row


# --- Accounts ----------------------------------------------------------------------------------


class PasswordChangedError(PostsError):
    """The password with which a token was requested is no longer the account's."""


class CodedRefusalError(PostsError, PermissionDenied):
    """A 403 whose problem document has `default_code` as its `code`, for programs to act on."""


class AddressNotConfirmedError(CodedRefusalError):
    default_detail = "Confirm your email address first: open the link in the message sent to it."
    default_code = "address_not_confirmed"


class SecondFactorNeededError(CodedRefusalError):
    default_detail = (
        "This account has a second factor, so a password alone gives no token."
        " Sign in on the site and make a token under Sessions and tokens."
    )
    default_code = "second_factor_needed"


class AppendOnlyError(PostsError, TypeError):
    """A change or deletion of an entry of the audit log was attempted."""

    def __init__(self) -> None:
        super().__init__("Entries of the audit log are added, never changed or deleted.")


# --- Import ------------------------------------------------------------------------------------


class LineRefusedError(PostsError, ValueError):
    """A line that is not imported. `str()` gives the reason; `line` is its number, from 1."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


class UnreadableFileError(PostsError):
    """A file of another format than its name says, or one that can't be read from the start."""
