"""The WSGI application that the server imports: front door, door for viewers, lanes, Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")

_django = get_wsgi_application()

# These need the settings that Django has loaded now.
from django.conf import settings  # noqa: E402

from feed import listener  # noqa: E402
from feed.pages import NEWEST_QUERY  # noqa: E402
from feed.signed_in_door import SignedInDoor  # noqa: E402
from feedsite import stalled  # noqa: E402
from feedsite.lanes import Lanes  # noqa: E402
from feedsite.postgresql import deadline  # noqa: E402
from freshcache.front_door.door import FrontDoor  # noqa: E402
from freshcache.front_door.renewal import Renewal  # noqa: E402

deadline.set_for_process(settings.QUERY_SECONDS)
_lanes = Lanes(
    Renewal(_django),
    web_threads=settings.WEB_THREADS,
    body_threads=settings.BODY_THREADS,
    read_seconds=settings.QUERY_READ_SECONDS,
    write_seconds=settings.QUERY_SECONDS,
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
