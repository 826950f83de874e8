"""The listener for changes that other programs make by SQL, which PostgreSQL announces.

The triggers that notify are made by posts/migrations/0002_notify.py.
"""

from django.conf import settings
from django.db import connection

from feed.cache import feed_cache
from freshcache.django.listener import Listener, State, listen

CHANNEL = "posts_changed"

_listener: Listener | None = None


def start() -> None:
    """Start a listening thread in this process, if the database is PostgreSQL."""
    global _listener  # noqa: PLW0603 -- one for each process, like the cache
    if connection.vendor == "postgresql" and settings.LISTEN_TO_DATABASE:
        _listener = listen(feed_cache(), channel=CHANNEL)


def state() -> State:
    """Return the listener's state, OFF if it was not started."""
    return _listener.state if _listener is not None else State.OFF
