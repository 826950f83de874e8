"""The kind of a request, by its method and path: how it may delay others, before Django runs."""

from enum import StrEnum
from functools import cache
from typing import Any

from django.urls import Resolver404, resolve, reverse

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
# Routes of probes. They ask no more than a thread of their own finds out in time (feed/health.py).
PROBE_ROUTES = ("health-live", "health-ready", "health-lanes", "health-tasks")
# Routes that look through a table for words.
SEARCH_ROUTES = ("search", "api-search", "api-authors")
# Routes that check or store a password, which takes a quarter of a second of CPU.
PASSWORD_ROUTES = frozenset(
    {
        "account_change_password",
        "account_login",
        "account_reauthenticate",
        "account_reset_password_from_key",
        "account_set_password",
        "account_signup",
        "admin:auth_user_password_change",
        "admin:password_change",
        "admin:posts_user_add",
        "api-token",
    }
)


class RequestKind(StrEnum):
    """PROBE: of health. STAFF_READ: a page of the admin, which may count or list a whole table.
    SEARCH, STAFF_SEARCH: a read that looks through a table. SIGN_IN: a write with a password."""

    PROBE = "probe"
    READ = "read"
    SEARCH = "search"
    STAFF_READ = "staff_read"
    STAFF_SEARCH = "staff_search"
    WRITE = "write"
    SIGN_IN = "sign_in"

    @property
    def is_read(self) -> bool:
        return self not in {RequestKind.WRITE, RequestKind.SIGN_IN}

    @property
    def is_search(self) -> bool:
        return self in {RequestKind.SEARCH, RequestKind.STAFF_SEARCH}


def kind_of(environ: dict[str, Any]) -> RequestKind:
    """Return the kind of a WSGI request. A path without a route is a read or a write too."""
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] not in READ_METHODS:
        return RequestKind.SIGN_IN if _has_password(path) else RequestKind.WRITE
    probes, searches, admin, _ = _paths()
    if path in probes:
        return RequestKind.PROBE
    # Any query string: the name of a parameter can be written in many ways.
    has_query = bool(environ.get("QUERY_STRING"))
    if path.startswith(admin):
        return RequestKind.STAFF_SEARCH if has_query else RequestKind.STAFF_READ
    return RequestKind.SEARCH if path in searches and has_query else RequestKind.READ


def _has_password(path: str) -> bool:
    if path.startswith(API):  # without a search among all routes, which costs 0.1 ms
        return path == _paths()[-1]
    try:
        return resolve(path).view_name in PASSWORD_ROUTES
    except Resolver404:
        return False


@cache
def _paths() -> tuple[frozenset[str], frozenset[str], str, str]:
    """Return the paths of probes, of searches, the beginning of the admin's, and of the token."""
    probes = frozenset(reverse(route) for route in PROBE_ROUTES)
    searches = frozenset(reverse(route) for route in SEARCH_ROUTES)
    return probes, searches, reverse("admin:index"), reverse("api-token")
