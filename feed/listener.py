"""The feed hears of changes that went around Django, where there is PostgreSQL to tell.

The triggers are those of posts/migrations/0002_notify.py.
"""

from django.conf import settings
from django.db import connection

from feed.cache import feed_cache
from freshcache.django.listener import Listener, State, listen

CHANNEL = "posts_changed"

_listener: Listener | None = None


def start() -> None:
    """Listen on a thread of this process, where there is something to listen to."""
    global _listener  # noqa: PLW0603 -- one for each process, as its cache
    if connection.vendor == "postgresql" and settings.LISTEN_TO_DATABASE:
        _listener = listen(feed_cache(), channel=CHANNEL)


def state() -> State:
    return _listener.state if _listener is not None else State.OFF
