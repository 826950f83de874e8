"""The production server: `python -m feedsite.server` serves HTTP until it is told to stop."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from feedsite import environment
from feedsite.allocator import return_freed_memory

# Longer than nginx keeps a connection at rest (deploy/nginx.conf), so that it is never this end
# that closes one while a request is on its way.
IDLE_SECONDS = 15


_PLAIN_HTTP = (
    "HTTPS=0 is for a site that this machine alone reaches, but ALLOWED_HOSTS names others:"
    " passwords and sessions would be sent where others can read them."
)
# Deployment checks in the words of the environment.
SENTENCES = {
    "security.W004": _PLAIN_HTTP,
    "security.W008": _PLAIN_HTTP,
    "security.W012": _PLAIN_HTTP,
    "security.W016": _PLAIN_HTTP,
}


def main() -> None:
    """Check the settings once, here: a worker that finds them wrong would only be started again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command

    try:
        django.setup()
        call_command("check")
        check_deployment()
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"Wrong setting: {error}")
    from feedsite.lanes import server_threads

    return_freed_memory()  # before the workers, which inherit it
    Granian(
        "feedsite.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=server_threads(
            web_threads=settings.WEB_THREADS, body_threads=settings.BODY_THREADS
        ),
        # Where it has to find out which HTTP is spoken, it would wait for ever for who is silent.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
        websockets=False,
        backlog=2048,
        respawn_failed_workers=True,
        # A client that keeps its connection open can't keep an old worker from ending.
        workers_kill_timeout=10,
    ).serve()


def check_deployment() -> None:
    """Run the deployment checks where other machines can reach the site.

    Raises:
        ImproperlyConfigured: one fails; a sentence about the first.
    """
    from django.conf import settings
    from django.core import checks

    if set(settings.ALLOWED_HOSTS) <= set(environment.LOOPBACK_HOSTS):
        return
    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and not message.is_silenced():
            text = " ".join(f"({message.id}) {message.msg} {message.hint or ''}".split())
            raise ImproperlyConfigured(SENTENCES.get(message.id or "", text))


if __name__ == "__main__":
    main()
