"""Django's handler for writes by API with a token, without the middleware that these don't need.

Middleware for sessions, messages, forms and pages costs a write 0.3 ms, and does nothing for a
request that has a token and no cookie: the API authenticates it by its token alone.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse
from django.utils.module_loading import import_string

from feedsite.request_kinds import API, READ_METHODS

# Middleware for cookies, pages and files, and the limits of pages of allauth and the admin. All
# others of settings.MIDDLEWARE run, in their order.
UNNEEDED = frozenset(
    {
        "feedsite.probes.probes",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "posts.sessions.TrackSessions",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "posts.guards.LimitMiddleware",
    }
)
BEARER = "bearer "

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TokenWriteHandler(WSGIHandler):
    """Django's WSGI handler with the middleware that a write with a token needs.

    None of these may handle views, exceptions or templates: such hooks are not called here.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined] # the stubs lack it
        for path in reversed(settings.MIDDLEWARE):
            if path not in UNNEEDED:
                handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


class TokenWrites:
    """Wrap `application`, Django's WSGI application: it gets all other requests. Thread-safe."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._handler = TokenWriteHandler()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        handler = self._handler if self._has_token(environ) else self._application
        return handler(environ, start_response)

    def _has_token(self, environ: dict[str, Any]) -> bool:
        """Return whether the API looks for no credentials but a token.

        An `Authorization` of another kind would make it look for a session. A request for a token
        checks a password, for which allauth needs its middleware.
        """
        path: str = environ["PATH_INFO"]
        return (
            environ["REQUEST_METHOD"] not in READ_METHODS
            and path.startswith(API)
            and environ.get("HTTP_AUTHORIZATION", "")[: len(BEARER)].lower() == BEARER
            and "HTTP_COOKIE" not in environ
            and path != self._token_path
        )

    @cached_property
    def _token_path(self) -> str:
        return reverse("api-token")
