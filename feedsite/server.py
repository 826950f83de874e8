"""The production server: `python -m feedsite.server` serves HTTP until it is told to stop."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from feedsite.allocator import return_freed_memory

# Longer than nginx keeps a connection at rest (deploy/nginx.conf), so that it is never this end
# that closes one while a request is on its way.
IDLE_SECONDS = 15


def main() -> None:
    """Check the settings once, here: a worker that finds them wrong would only be started again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command

    try:
        django.setup()
        call_command("check")
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"Wrong setting: {error}")
    return_freed_memory()  # before the workers, which inherit it
    Granian(
        "feedsite.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=settings.WEB_THREADS,
        # Where it has to find out which HTTP is spoken, it would wait for ever for who is silent.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
        websockets=False,
        backlog=2048,
        respawn_failed_workers=True,
        # A client that keeps its connection open can't keep an old worker from ending.
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    main()
