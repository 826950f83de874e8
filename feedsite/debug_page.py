"""Filter of the error pages of DEBUG=1 and of e-mailed error reports."""

from collections.abc import ItemsView
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class RequestLineOnly(SafeExceptionReporterFilter):
    """Show the code and the request line, and no value of the process.

    Django hides values only by name, and DATABASE_URL and REDIS_URL do not look like secrets.
    Another site can make a developer's browser load an error page, by DNS rebinding.
    """

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        shown = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL")
        return {name: request.META[name] for name in shown if name in request.META}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: TracebackType
    ) -> ItemsView[str, Any]:
        """Return no variables: frames of database connections and views may hold passwords."""
        return dict[str, Any]().items()
