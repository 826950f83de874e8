"""The WSGI application that the server imports: front door, door for viewers, lanes, Django."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")

_django = get_wsgi_application()

# These need the settings that Django has loaded now.
from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from feed import health, listener  # noqa: E402
from feed.pages import NEWEST_QUERY  # noqa: E402
from feed.signed_in_door import SignedInDoor, ViewerRenewal  # noqa: E402
from feedsite import stalled  # noqa: E402
from feedsite.lanes import Lanes  # noqa: E402
from feedsite.postgresql import deadline  # noqa: E402
from feedsite.token_writes import TokenWrites  # noqa: E402
from freshcache.front_door.door import FrontDoor  # noqa: E402
from freshcache.front_door.renewal import Renewal  # noqa: E402

# Seconds after which a thread that waits for Python's global lock gets it. With Python's 5 ms a hit
# beside four threads that load pages waits six times as long; the pages cost hardly more.
sys.setswitchinterval(0.0005)
deadline.set_for_process(settings.WRITE_SECONDS)
_lanes = Lanes(
    ViewerRenewal(Renewal(TokenWrites(_django))),
    web_threads=settings.WEB_THREADS,
    body_threads=settings.BODY_THREADS,
    read_seconds=settings.QUERY_READ_SECONDS,
    write_seconds=settings.WRITE_SECONDS,
)
# The method itself, because Python calls it faster than the object.
application = FrontDoor(
    SignedInDoor(_lanes),
    memory_bytes=settings.FEED["FRONT_DOOR_BYTES"],
    newest_query=NEWEST_QUERY,
    personal_cookies=[settings.MESSAGES_COOKIE_NAME],
).__call__
listener.start()
stalled.start(settings.PORT)
health.begin_checks()
_ = get_resolver().reverse_dict  # imports all views, which a first request would wait for
# What is loaded so far lives as long as the process. Not frozen, it is looked through by each full
# collection, which stops all threads: hits waited 0.1 s.
gc.collect()
gc.freeze()
