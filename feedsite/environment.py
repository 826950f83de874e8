"""Readers of the environment: each returns a typed value or stops the start with one sentence.

The sentence names the variable and what it takes; it never repeats a value that may be a secret.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

env = Env()

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def text(name: str, default: str = "") -> str:
    """A variable's value without surrounding space; an empty one counts as absent."""
    return env.str(name, "").strip() or default


def secret_key() -> str:
    key = text("SECRET_KEY")
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give it a long random value that stays the same between starts."
        )
    return key


def flag(name: str, *, default: bool) -> bool:
    value = text(name)
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value == "1" if value else default


def number(name: str, *, default: int, least: int, most: int) -> int:
    return int(_number(name, env.int, default, least, most, "a whole number"))


def seconds(name: str, *, default: float, least: float, most: float) -> float:
    return _number(name, env.float, default, least, most, "a number of seconds")


def _number(name: str, read: Any, default: float, least: float, most: float, what: str) -> float:
    try:
        value: float = read(name) if text(name) else default
    except EnvError:
        value = float("nan")
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be {what} from {least} to {most}.")
    return value


def names(name: str, *, default: Sequence[str] = ()) -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default)


def origins(name: str) -> list[str]:
    values = names(name)
    for value in values:
        if not re.fullmatch(r"https?://[^/\s]+", value):
            raise ImproperlyConfigured(
                f"{name} must be origins such as https://feed.example.org, separated by commas."
            )
    return values


def database(*, default_path: Path, threads: int) -> dict[str, Any]:
    """The database of DATABASE_URL; without it a SQLite file.

    A PostgreSQL connection is checked as it leaves the pool, so a restarted server costs a
    reconnection and not an error; with the server away, a request waits two seconds at most.
    """
    if text("DATABASE_URL"):
        try:
            config: dict[str, Any] = dict(env.dj_db_url("DATABASE_URL"))
        except EnvError:
            config = {"ENGINE": "unknown"}
        if not config["ENGINE"].endswith((".sqlite3", ".postgresql")):
            raise ImproperlyConfigured(
                "DATABASE_URL must look like postgres://USER:PASSWORD@HOST:5432/NAME,"
                " postgres:///NAME?host=/socket/directory or sqlite:////path/to/file."
            )
    else:
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_path)}
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 5)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    else:
        config["ENGINE"] = "feedsite.postgresql"
        options.setdefault("connect_timeout", 2)
        # Triggers tell the program's own sessions by this name: they announce for themselves.
        options["application_name"] = "feedsite"
        # A network that swallows everything is noticed in ms; a local socket can't be one.
        options.setdefault("tcp_user_timeout", 2_000)
        # The pool waits longer and longer between tries to reconnect, up to this many seconds:
        # by default it would still be waiting long after the database is back.
        pool = {"min_size": 1, "max_size": threads + 2, "timeout": 2.0, "reconnect_timeout": 3.0}
        options.setdefault("pool", pool)
        config["CONN_HEALTH_CHECKS"] = True
    return config


def email(*, local: bool) -> dict[str, Any]:
    """Django's e-mail settings from EMAIL_URL.

    Without it, a site that only this machine reaches (`local`) prints its messages; any other
    sends none, for a log is no place for links that set a password.
    """
    if not (url := text("EMAIL_URL")):
        printed = "django.core.mail.backends.console.EmailBackend"
        return {"EMAIL_BACKEND": printed if local else "feedsite.mail.NoMailBackend"}
    try:
        parsed: dict[str, Any] = dict(env.dj_email_url("EMAIL_URL"))
    except (EnvError, ValueError):
        parsed = {}
    # The parser takes any scheme, and leaves out what it does not know.
    if not url.startswith(("submission://", "smtp://")) or not parsed.get("EMAIL_HOST"):
        raise ImproperlyConfigured(
            "EMAIL_URL must look like submission://USER:PASSWORD@HOST:587 (with STARTTLS),"
            " or smtp://HOST:25 (without; with ?ssl=1, TLS from the start)."
        )
    return {**parsed, "EMAIL_BACKEND": "feedsite.mail.SmtpBackend"}


def confirm_addresses(*, sends_mail: bool) -> bool:
    """Whether writing waits for a confirmed address: where EMAIL_URL is set, unless told."""
    confirm = flag("CONFIRM_ADDRESSES", default=bool(text("EMAIL_URL")))
    if confirm and not sends_mail:
        raise ImproperlyConfigured(
            "CONFIRM_ADDRESSES=1 needs EMAIL_URL: nobody could confirm an address without mail."
        )
    return confirm


def log_level() -> str:
    level = text("LOG_LEVEL", "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
        )
    return level
