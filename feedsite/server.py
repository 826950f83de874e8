"""The production server: `python -m feedsite.server` serves HTTP until it is told to stop."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import Interfaces


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
    Granian(
        "feedsite.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=settings.WEB_THREADS,
        websockets=False,
        backlog=2048,
        respawn_failed_workers=True,
        # A client that keeps its connection open can't keep an old worker from ending.
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    main()
