"""What the error pages of DEBUG=1 show, and e-mailed error reports too."""

from collections.abc import ItemsView
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NothingButTheRequestLine(SafeExceptionReporterFilter):
    """Show the code and the request line, and no value of the process.

    Django hides what is named like a secret. DATABASE_URL and REDIS_URL are not, and a web page
    elsewhere can make a developer's browser load an error page (by a host name that leads here).
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
        """None: those of a database connection hold its password, those of a view a form's."""
        return dict[str, Any]().items()
