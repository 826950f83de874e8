"""How often one person, or one address, may write."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class _CurrentRate(SimpleRateThrottle):
    def get_rate(self) -> str | None:
        # DRF keeps the rates it found at import; these are those of now.
        rates: dict[str | None, str | None] = api_settings.DEFAULT_THROTTLE_RATES  # type: ignore[assignment] # the stubs mean other rates
        return rates[self.scope]


class WriteThrottle(_CurrentRate, UserRateThrottle):
    """One budget of writes for a person, or for an address without one; API and forms share it.

    Reads pass without a question to the cache. A form's view asks with its `HttpRequest` and no
    view; when refused, `wait()` gives the seconds until it may be tried again.
    """

    scope = "write"

    def allow_request(self, request: Request | HttpRequest, view: "APIView | None") -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)  # type: ignore[arg-type] # DRF asks no more of a request than Django's has


class SignInThrottle(_CurrentRate):
    """Requests for a token from one address; it never looks at who asks."""

    scope = "sign-in"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
