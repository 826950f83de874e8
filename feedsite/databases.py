"""`DATABASES["default"]` from the environment."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from feedsite import environment

# Opening a connection costs three times as much as loading a page. Each thread keeps one, with a
# page cache of 256 KiB, but not for long, because the file may be replaced by a backup.
SQLITE_CONNECTION_SECONDS = 60
SQLITE_COMMANDS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256;"


def database(*, default_path: Path, threads: int) -> dict[str, Any]:
    """Return the database of DATABASE_URL, or a SQLite file at `default_path` without it.

    A PostgreSQL connection is checked as it leaves the pool, so a restart of the server costs a
    reconnection, not an error. With the server down, a request waits at most two seconds.

    Raises:
        ImproperlyConfigured: DATABASE_URL is no URL of PostgreSQL or SQLite.
    """
    if environment.text("DATABASE_URL"):
        config = _parse()
    else:
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_path)}
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 5)
        options.setdefault("init_command", SQLITE_COMMANDS)
        config["CONN_MAX_AGE"] = SQLITE_CONNECTION_SECONDS
    else:
        config["ENGINE"] = "feedsite.postgresql"
        options.setdefault("connect_timeout", 2)
        # Triggers skip sessions of this name: this program announces its own writes.
        options["application_name"] = "feedsite"
        # Milliseconds until a network that drops all packets is an error. Not for Unix sockets.
        options.setdefault("tcp_user_timeout", 2_000)
        # The pool doubles its wait between reconnections, up to `reconnect_timeout` seconds. Its
        # default is so long that the pool would still wait well after the database is back.
        pool = {"min_size": 1, "max_size": threads + 2, "timeout": 2.0, "reconnect_timeout": 3.0}
        options.setdefault("pool", pool)
        config["CONN_HEALTH_CHECKS"] = True
    return config


def _parse() -> dict[str, Any]:
    try:
        config: dict[str, Any] = dict(environment.env.dj_db_url("DATABASE_URL"))
    except EnvError:
        config = {"ENGINE": "unknown"}
    if not config["ENGINE"].endswith((".sqlite3", ".postgresql")):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://USER:PASSWORD@HOST:5432/NAME,"
            " postgres:///NAME?host=/socket/directory or sqlite:////path/to/file."
        )
    return config
