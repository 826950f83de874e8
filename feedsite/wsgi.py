"""The WSGI application that servers import."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")

_django = get_wsgi_application()

# Their settings are there only now.
from feed import listener  # noqa: E402
from feed.cache import feed_cache  # noqa: E402
from feed.front_door import FrontDoor  # noqa: E402

# Its method: Python calls an object the long way round.
application = FrontDoor(_django, feed_cache).__call__
listener.start()
