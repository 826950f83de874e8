"""DRF throttles of the limits. A view's `throttle_classes` replace the default one."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from posts import limits
from posts.counters import Counted, Use

if TYPE_CHECKING:
    from rest_framework.views import APIView

_NOTED = "posts.throttles.noted"


class LimitThrottle(BaseThrottle):
    """Counts one use of the limit `scope`, by account, or by address if not signed in."""

    scope: ClassVar[str]
    by_address: ClassVar[bool] = False

    def __init__(self) -> None:
        self._seconds = 0

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        use = self.use(request)
        counted = limits.count([use])
        self._seconds = limits.wait_of([use], counted)
        note(request, use, counted[0])
        return not self._seconds

    def wait(self) -> float | None:
        """Return the seconds until a retry is allowed."""
        return self._seconds or None

    def use(self, request: Request) -> Use:
        return use_of(self.scope, request, by_address=self.by_address)


class WriteThrottle(LimitThrottle):
    """Counts writes; the API and the forms share the limit. Reads are not counted."""

    scope = "writes"

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class UploadThrottle(LimitThrottle):
    """Counts uploaded files, in addition to `WriteThrottle`."""

    scope = "uploads"

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        sends_file = (request.content_type or "").startswith(("multipart/", "image/"))
        return not sends_file or super().allow_request(request, view)

    def use(self, request: Request) -> Use:
        use = super().use(request)
        if not (request.content_type or "").startswith("multipart/"):
            return use
        files = sum(len(request.FILES.getlist(name)) for name in request.FILES)
        return replace(use, cost=max(1, files))


class TokenThrottle(LimitThrottle):
    """Counts requests for a token by address, successful or not."""

    scope = "token_requests"
    by_address = True


class UncachedReadThrottle(LimitThrottle):
    """Counts reads that no cache answers, by address."""

    scope = "uncached_reads"
    by_address = True


def note(request: Request, use: Use, counted: Counted) -> None:
    """Keep what was counted for the headers of the response."""
    noted: list[tuple[Use, Counted]] = request.META.setdefault(_NOTED, [])
    noted.append((use, counted))


def headers(request: Request) -> dict[str, str]:
    """Return the headers that tell of the limits that this request has counted for.

    As draft-ietf-httpapi-ratelimit-headers-10 has them: `q` uses in `w` seconds, and `r` are left.
    """
    noted: list[tuple[Use, Counted]] = request.META.get(_NOTED, [])
    if not noted:
        return {}
    policies = [f'"{use.scope}";q={use.rate.amount};w={use.rate.seconds}' for use, _ in noted]
    left = [f'"{use.scope}";r={counted.left}' for use, counted in noted]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


def use_of(scope: str, request: HttpRequest | Request, *, by_address: bool = False) -> Use:
    """Return one use by the signed-in account, or by the request's address."""
    if not by_address and request.user.is_authenticated:
        return limits.use(scope, account=request.user)
    return limits.use(scope, request=request)
