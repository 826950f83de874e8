"""Readers of environment variables: each returns a typed value or raises ImproperlyConfigured.

The error is one sentence that names the variable and the values it accepts. It never repeats a
value that may be a secret.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

env = Env()

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MAX_RATE_SECONDS = 31 * 86_400
MAX_NAME_CHARACTERS = 40
# A host name with or without a leading dot (its subdomains too), an IPv4 or an IPv6 address.
_HOST = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]*:[0-9a-f:.]+\]", re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """Return a variable without surrounding space, or `default` if it is unset or empty."""
    return env.str(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """Return whether a variable is `1`.

    Raises:
        ImproperlyConfigured: it is neither 1 nor 0.
    """
    value = text(name)
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value == "1" if value else default


def number(name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number.

    Raises:
        ImproperlyConfigured: it is none, or out of its range.
    """
    return int(_number(name, env.int, default, minimum, maximum, "a whole number"))


def seconds(name: str, *, default: float, minimum: float, maximum: float) -> float:
    """Return a duration in seconds.

    Raises:
        ImproperlyConfigured: it is no number, or out of its range.
    """
    return _number(name, env.float, default, minimum, maximum, "a number of seconds")


def _number(
    name: str,
    read: Callable[[str], float],
    default: float,
    minimum: float,
    maximum: float,
    kind: str,
) -> float:
    try:
        value = read(name) if text(name) else default
    except EnvError:
        value = float("nan")
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be {kind} from {minimum} to {maximum}.")
    return value


def rate(name: str, *, default: str) -> tuple[int, int]:
    """Return a count and a period in seconds, from `120/minute` or `5/10 minutes`.

    Raises:
        ImproperlyConfigured: it has another form, is 0, or its period is longer than 31 days.
    """
    value = text(name, default)
    found = re.fullmatch(r"(\d{1,7})/(\d{0,4}) ?(second|minute|hour|day)s?", value)
    amount, units = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
    period = units * {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}.get(
        found[3] if found else "", 0
    )
    if not amount or not 1 <= period <= MAX_RATE_SECONDS:
        raise ImproperlyConfigured(
            f"{name} must look like 120/minute or 5/10 minutes: a number from 1 and a time of up"
            " to 31 days, in seconds, minutes, hours or days."
        )
    return amount, period


def names(name: str, *, default: Sequence[str] = ()) -> list[str]:
    """Return the parts of a list separated by commas, without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default)


def hosts(name: str, *, default: Sequence[str]) -> list[str]:
    """Return the host names that the site answers to, separated by commas.

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


def origins(name: str) -> list[str]:
    """Return origins (scheme and host), separated by commas.

    Raises:
        ImproperlyConfigured: one has no scheme, or a path.
    """
    values = names(name)
    for value in values:
        if not re.fullmatch(r"https?://[^/\s]+", value):
            raise ImproperlyConfigured(
                f"{name} must be origins such as https://feed.example.org, separated by commas."
            )
    return values


def contacts(name: str) -> list[str]:
    """Return addresses to write to: mailto:… or https://…, separated by commas.

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


def site_name() -> str:
    """Return SITE_NAME, by default `Feed`.

    Raises:
        ImproperlyConfigured: it is longer than 40 characters, or not plain text.
    """
    value = text("SITE_NAME", "Feed")
    if len(value) > MAX_NAME_CHARACTERS or not value.isprintable() or set(value) & set("<>{}%"):
        raise ImproperlyConfigured(
            f"SITE_NAME must be one line of at most {MAX_NAME_CHARACTERS} characters,"
            " without < > { } and %."
        )
    return value


def domain(name: str, *, default: str) -> str:
    """Return a host name.

    Raises:
        ImproperlyConfigured: it is a URL, or no host name.
    """
    value = text(name, default)
    if value.startswith(".") or not _HOST.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be a host name such as feed.example.org.")
    return value


def directory(name: str) -> Path | None:
    """Return the directory of this path; None if the variable is not set.

    Raises:
        ImproperlyConfigured: there is no such directory.
    """
    if not (value := text(name)):
        return None
    if not Path(value).is_dir():
        raise ImproperlyConfigured(f"{name} must be a directory: there is none at {value}.")
    return Path(value).resolve()


def debug(*, allowed_hosts: Sequence[str], address: str) -> bool:
    """Return whether DEBUG is on.

    Raises:
        ImproperlyConfigured: it is on, and other machines can reach the site. Its error pages show
            code.
    """
    on = flag("DEBUG", default=False)
    if on and not set(allowed_hosts) <= set(LOOPBACK_HOSTS):
        raise ImproperlyConfigured(
            "DEBUG=1 is only for a site that other machines cannot reach: unset DEBUG, or limit"
            f" ALLOWED_HOSTS to {', '.join(LOOPBACK_HOSTS)}."
        )
    if on and not _is_loopback(address):
        raise ImproperlyConfigured(
            "DEBUG=1 is only for a site that other machines cannot reach: unset DEBUG, or set"
            " HOST to 127.0.0.1."
        )
    return on


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def hsts_preload(*, subdomains: bool) -> bool:
    """Return whether HSTS asks for the browsers' preload list.

    Raises:
        ImproperlyConfigured: it does without HSTS_SUBDOMAINS, which the list requires.
    """
    on = flag("HSTS_PRELOAD", default=False)
    if on and not subdomains:
        raise ImproperlyConfigured("HSTS_PRELOAD=1 needs HSTS_SUBDOMAINS=1 as well.")
    return on


def log_level() -> str:
    """Return LOG_LEVEL in capitals.

    Raises:
        ImproperlyConfigured: it is no level of `logging`.
    """
    level = text("LOG_LEVEL", "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
        )
    return level
