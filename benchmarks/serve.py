"""Serve an application: `python -m benchmarks.serve MODULE:NAME wsgi|asgi`.

The options are those of `feedsite.server`, so that only the application differs. THREADS is the
number of granian's threads; without it, WEB_THREADS.
"""

import os
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces


def main() -> None:
    target, interface = sys.argv[1:]
    asgi = interface == "asgi"
    threads = int(os.environ.get("THREADS") or os.environ["WEB_THREADS"])
    Granian(
        target,
        port=int(os.environ["PORT"]),
        interface=Interfaces(interface),
        workers=1,
        blocking_threads=None if asgi else threads,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    main()
