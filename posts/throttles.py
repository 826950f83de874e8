"""The limits as DRF asks for them. A view's `throttle_classes` replaces the default one."""

from typing import TYPE_CHECKING, ClassVar

from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from posts import limits
from posts.counters import Use

if TYPE_CHECKING:
    from rest_framework.views import APIView


class LimitThrottle(BaseThrottle):
    """One use of the limit `scope`, by the account that asks, or by its address without one."""

    scope: ClassVar[str]
    by_address: ClassVar[bool] = False

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        self._seconds = limits.take([self.use(request)])
        return not self._seconds

    def wait(self) -> float | None:
        """Seconds until it may be tried again."""
        return self._seconds or None

    def use(self, request: Request) -> Use:
        return use_of(self.scope, request, by_address=self.by_address)


class WriteThrottle(LimitThrottle):
    """One budget of writes; the API and the forms share it. Reads are not counted."""

    scope = "writes"

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class UploadThrottle(LimitThrottle):
    """For views that take a file; beside `WriteThrottle`."""

    scope = "uploads"

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        sends_file = (request.content_type or "").startswith(("multipart/", "image/"))
        return not sends_file or super().allow_request(request, view)


class TokenThrottle(LimitThrottle):
    """Requests for a token, right or wrong; it never looks at who asks."""

    scope = "token_requests"
    by_address = True


class UncachedReadThrottle(LimitThrottle):
    """Reads that no cache answers, by address."""

    scope = "uncached_reads"
    by_address = True


def use_of(scope: str, request: HttpRequest | Request, *, by_address: bool = False) -> Use:
    """One use by who is signed in, or by the request's address."""
    if not by_address and request.user.is_authenticated:
        return limits.use(scope, account=request.user)
    return limits.use(scope, request=request)
