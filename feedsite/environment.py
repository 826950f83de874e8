"""Readers of the environment: each returns a typed value or stops the start with one sentence.

The sentence names the variable and what it takes; it never repeats a value that may be a secret.
"""

import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

env = Env()

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MAX_RATE_SECONDS = 31 * 86_400
# Django's own rule (its checks security.W009 and W025).
MIN_KEY_CHARACTERS = 50
MIN_DISTINCT_KEY_CHARACTERS = 5
INSECURE_KEY_PREFIX = "django-insecure-"
KEY_RULE = (
    f"must have at least {MIN_KEY_CHARACTERS} characters,"
    f" {MIN_DISTINCT_KEY_CHARACTERS} of them distinct, and not begin with {INSECURE_KEY_PREFIX}"
)
# A host name with or without a leading dot (its subdomains too), an IPv4 or an IPv6 address.
_HOST = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]*:[0-9a-f:.]+\]", re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """A variable's value without surrounding space; an empty one counts as absent."""
    return env.str(name, "").strip() or default


def secret_key() -> str:
    """The key that signs sessions and links.

    Raises:
        ImproperlyConfigured: it is not set, or can be guessed.
    """
    key = text("SECRET_KEY")
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give it a long random value that stays the same between starts."
        )
    if not _is_strong(key):
        raise ImproperlyConfigured(
            f"SECRET_KEY {KEY_RULE}: make one with"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))';"
            " everybody who signed in under the old key has to sign in again."
        )
    return key


def secret_key_fallbacks() -> list[str]:
    """Former keys: what they signed is still accepted, but nothing new is signed with them.

    Raises:
        ImproperlyConfigured: one can be guessed; it would let anybody sign.
    """
    keys = names("SECRET_KEY_FALLBACKS")
    if not all(_is_strong(key) for key in keys):
        raise ImproperlyConfigured(
            f"SECRET_KEY_FALLBACKS {KEY_RULE}, each of them: leave out a key that is weaker."
        )
    return keys


def _is_strong(key: str) -> bool:
    return (
        len(key) >= MIN_KEY_CHARACTERS
        and len(set(key)) >= MIN_DISTINCT_KEY_CHARACTERS
        and not key.startswith(INSECURE_KEY_PREFIX)
    )


def hosts(name: str, *, default: Sequence[str]) -> list[str]:
    """Host names to answer to, separated by commas.

    Raises:
        ImproperlyConfigured: one is empty, a URL, has a port, or allows every host (`*`).
    """
    if not (value := text(name)):
        return list(default)
    values = [part.strip() for part in value.split(",")]
    if not all(_HOST.fullmatch(part) for part in values):
        raise ImproperlyConfigured(
            f"{name} must be host names such as feed.example.org, separated by commas:"
            " no scheme, port or path, no empty entry, and no *."
        )
    return values


def debug(*, allowed_hosts: Sequence[str], address: str) -> bool:
    """Whether DEBUG is on. Its error pages show code, so only this machine may reach them.

    Raises:
        ImproperlyConfigured: it is on, and other machines can reach the site.
    """
    on = flag("DEBUG", default=False)
    if on and not set(allowed_hosts) <= set(LOOPBACK_HOSTS):
        raise ImproperlyConfigured(
            "DEBUG=1 is for this machine alone: unset it, or let ALLOWED_HOSTS name no other"
            f" than {', '.join(LOOPBACK_HOSTS)}."
        )
    if on and not _is_loopback(address):
        raise ImproperlyConfigured(
            "DEBUG=1 is for this machine alone: unset it, or let HOST be 127.0.0.1."
        )
    return on


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def flag(name: str, *, default: bool) -> bool:
    value = text(name)
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value == "1" if value else default


def hsts_preload(*, subdomains: bool) -> bool:
    """Whether HSTS asks for the browsers' preload list.

    Raises:
        ImproperlyConfigured: it does, without HSTS_SUBDOMAINS: the list takes no such name.
    """
    on = flag("HSTS_PRELOAD", default=False)
    if on and not subdomains:
        raise ImproperlyConfigured("HSTS_PRELOAD=1 needs HSTS_SUBDOMAINS=1 as well.")
    return on


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


def rate(name: str, *, default: str) -> tuple[int, int]:
    """How many in how many seconds, from `120/minute` or `5/10 minutes`."""
    value = text(name, default)
    found = re.fullmatch(r"(\d{1,7})/(\d{0,4}) ?(second|minute|hour|day)s?", value)
    amount, count = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
    seconds = count * {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}.get(
        found[3] if found else "", 0
    )
    if not amount or not 1 <= seconds <= MAX_RATE_SECONDS:
        raise ImproperlyConfigured(
            f"{name} must look like 120/minute or 5/10 minutes: a number from 1 and a time of up"
            " to 31 days, in seconds, minutes, hours or days."
        )
    return amount, seconds


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


def contacts(name: str) -> list[str]:
    """Where to write to: addresses such as mailto:… or https://…, separated by commas.

    Raises:
        ImproperlyConfigured: one is of another form.
    """
    values = names(name)
    for value in values:
        if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^/\s]+\S*", value):
            raise ImproperlyConfigured(
                f"{name} must be addresses such as mailto:security@example.org"
                " or https://example.org/security, separated by commas."
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
