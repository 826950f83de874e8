"""A WSGI wrapper around Django that renews stored responses without Django's request handling.

After a change, the next request for a page whose response is stored needs a newer page, but the
same headers: what middleware, URLs and views decide for a reader without credentials depends on
path, query, host and scheme alone, which are the key of the stored response. So only the page is
read, and the view's own `Renew` makes the body. Some views can do so for other query strings of
their path too, from the headers of one. Every error goes to Django, which answers it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.core.signals import request_started
from django.urls import set_script_prefix

from freshcache.front_door.cached_response import CachedResponse, Content
from freshcache.front_door.response_store import Entry
from freshcache.front_door.storable import Key
from freshcache.policy import Outcome

# The key in a WSGI environment of the stored response (`Entry`) to renew.
RENEWABLE = "freshcache.renewable"

# More paths than a site has with such views; each keeps one response.
MAX_EXAMPLES = 16

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Examples:
    """The response stored last for each path whose view has a `renew_query`. Thread-safe."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}

    def note(self, key: Key, entry: Entry) -> None:
        path, _, *site = key
        if entry.renew_query is not None:
            if len(self._entries) >= MAX_EXAMPLES:
                self._entries.clear()
            self._entries[path, *site] = entry

    def renewable(self, key: Key) -> Entry | None:
        """Return what to renew for a key without a stored response; None: Django must answer."""
        path, query, *site = key
        example = self._entries.get((path, *site))
        if example is None or example.renew_query is None:
            return None
        renew = example.renew_query(query or "")
        return replace(example, renew=renew) if renew else None


class Renewal:
    """Wrap `application`, Django's WSGI application, inside all other wrappers. Thread-safe."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Renew the stored response that the front door names, or let Django answer."""
        entry: Entry | None = environ.pop(RENEWABLE, None)
        content = _renewed(entry, environ) if entry else None
        if entry is None or content is None:
            return self._application(environ, start_response)
        response = CachedResponse(
            content.body,
            served=content.served,
            same_for_all=entry.same_for_all,
            renew=entry.renew,
        )
        response.renew_query = entry.renew_query
        start_response("200 OK", entry.response.renewed_headers(content))
        return response  # which ends the request when it is closed


def _renewed(entry: Entry, environ: dict[str, Any]) -> Content | None:
    """Return the newer content; None if Django must answer."""
    if entry.renew is None:
        return None
    # As Django's handler does: links get their prefix, the database drops connections by age.
    set_script_prefix(get_script_name(environ))
    request_started.send(sender=WSGIHandler, environ=environ)
    try:
        content = entry.renew()
    except Exception:  # noqa: BLE001 -- Django meets it again, and answers and logs it
        return None
    return None if content.served.outcome is Outcome.LAST_GOOD else content
