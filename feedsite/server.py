"""The production server: `python -m feedsite.server` serves HTTP until SIGTERM or SIGINT."""

import os
import sys
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from feedsite import environment
from feedsite.allocator import return_freed_memory

if TYPE_CHECKING:
    from background.supervisor import Supervisor

# Longer than nginx keeps an idle connection (deploy/nginx.conf), so that this side never closes
# one while nginx sends a request on it.
IDLE_SECONDS = 15

_PLAIN_HTTP = (
    "HTTPS=0 is only for a site that other machines cannot reach, but ALLOWED_HOSTS names other"
    " hosts: passwords and sessions would be sent in plain text. Unset HTTPS, or limit"
    f" ALLOWED_HOSTS to {', '.join(environment.LOOPBACK_HOSTS)}."
)
# Error of a deployment check by its id, naming the environment variable to change.
CHECK_ERRORS = {
    "security.W004": _PLAIN_HTTP,
    "security.W008": _PLAIN_HTTP,
    "security.W012": _PLAIN_HTTP,
    "security.W016": _PLAIN_HTTP,
}


class Server(Granian):  # type: ignore[misc, valid-type] # granian gives the class a second name
    """Granian, and beside it a process that runs tasks, which starts and stops with it."""

    def __init__(self, *args: Any, task_worker: "Supervisor | None", **options: Any) -> None:
        super().__init__(*args, **options)
        self._task_worker = task_worker
        if task_worker is not None:
            self.on_startup(task_worker.start)

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop the web workers and the task worker at the same time."""
        if self._task_worker is None:
            super().shutdown(exit_code)
            return
        self._task_worker.request_stop()
        try:
            super().shutdown(exit_code)
        finally:
            self._task_worker.wait()


def main() -> None:
    """Check the settings, then serve.

    The check is here, because granian restarts a worker that fails over wrong settings for ever.
    """
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
    from background.supervisor import Supervisor
    from feedsite.lanes import server_threads

    run_tasks = [sys.executable, "-m", "django", "run_tasks", f"--parent-pid={os.getpid()}"]
    return_freed_memory()  # before the workers start, because they inherit it
    Server(
        "feedsite.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=server_threads(
            web_threads=settings.WEB_THREADS, body_threads=settings.BODY_THREADS
        ),
        # With detection of the version, granian waits for ever for a client that sends nothing.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
        websockets=False,
        backlog=2048,
        respawn_failed_workers=True,
        # Seconds. Otherwise a client that keeps its connection open keeps an old worker alive.
        workers_kill_timeout=settings.STOP_SECONDS,
        task_worker=Supervisor(run_tasks) if settings.TASK_WORKER else None,
    ).serve()


def check_deployment() -> None:
    """Run Django's deployment checks if other machines can reach the site.

    Raises:
        ImproperlyConfigured: a check fails. The error describes the first.
    """
    from django.conf import settings
    from django.core import checks

    if set(settings.ALLOWED_HOSTS) <= set(environment.LOOPBACK_HOSTS):
        return
    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and not message.is_silenced():
            text = " ".join(f"({message.id}) {message.msg} {message.hint or ''}".split())
            raise ImproperlyConfigured(CHECK_ERRORS.get(message.id or "", text))


if __name__ == "__main__":
    main()
