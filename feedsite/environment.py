"""Readers of the environment: each returns a typed value or stops the start with one sentence.

The sentence names the variable and what it takes; it never repeats a value that may be a secret.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

env = Env()

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
REDIS_SCHEMES = (
    "redis",
    "rediss",
    "unix",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
)
# Anything else in the query of a Redis URL would override a time-out or fail at the first command.
REDIS_QUERY = {"db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


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
        options.setdefault("connect_timeout", 2)
        options.setdefault("pool", {"min_size": 1, "max_size": threads + 2, "timeout": 2.0})
        config["CONN_HEALTH_CHECKS"] = True
    return config


def redis_url() -> str | None:
    """Where Redis is, from the first of its variables that is set; None without any.

    Upstash's REST token is the password of the same database's Redis protocol endpoint.
    """
    for name in ("REDIS_URL", "REDIS_PRIVATE_URL"):
        if url := text(name):
            _check_redis_url(name, url)
            return url
    if rest_url := text("UPSTASH_REDIS_REST_URL"):
        host = urlsplit(rest_url).hostname
        if not rest_url.startswith("https://") or not host:
            raise ImproperlyConfigured("UPSTASH_REDIS_REST_URL must look like https://HOST.")
        if not (token := text("UPSTASH_REDIS_REST_TOKEN")):
            raise ImproperlyConfigured(
                "UPSTASH_REDIS_REST_TOKEN is not set, and UPSTASH_REDIS_REST_URL needs it."
            )
        return f"rediss://default:{quote(token, safe='')}@{host}:6379"
    if host := text("REDIS_HOST"):
        if not re.fullmatch(r"[\w.:-]+", host):
            raise ImproperlyConfigured("REDIS_HOST must be a host name or an address.")
        port = number("REDIS_PORT", default=6379, least=1, most=65_535)
        password = text("REDIS_PASSWORD")
        login = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{login}{f'[{host}]' if ':' in host else host}:{port}"
    for name in ("REDIS_PORT", "REDIS_PASSWORD", "UPSTASH_REDIS_REST_TOKEN"):
        if text(name):
            raise ImproperlyConfigured(f"{name} is set, but nothing says at which host Redis is.")
    return None


def _check_redis_url(name: str, url: str) -> None:
    wrong = ImproperlyConfigured(
        f"{name} must look like redis://:PASSWORD@HOST:6379/0, with a scheme out of "
        f"{', '.join(REDIS_SCHEMES)}."
    )
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        single = "+" not in parts.scheme
        if parts.scheme not in REDIS_SCHEMES or (single and parts.port == 0):
            raise wrong
    except ValueError as error:
        raise wrong from error
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise wrong
    database = parts.path.strip("/")
    if parts.scheme in {"redis", "rediss"} and not re.fullmatch(r"\d{0,3}", database):
        raise ImproperlyConfigured(f"{name} must end in the number of a database, or in nothing.")
    if parts.scheme.endswith("+sentinel") and not re.fullmatch(r"[\w.-]+(/\d+)?", database):
        raise ImproperlyConfigured(
            f"{name} must name the service: redis+sentinel://HOST:26379,HOST:26379/SERVICE/0."
        )
    if unknown := query.keys() - REDIS_QUERY:
        raise ImproperlyConfigured(
            f"{name} has options it does not take ({', '.join(sorted(unknown))}); it takes "
            f"{', '.join(sorted(REDIS_QUERY))}. Certificates are always checked."
        )


def cache(url: str | None) -> dict[str, Any]:
    """`CACHES["default"]`: django-redis that survives an outage, or memory where there is no Redis.

    Answers are awaited for REDIS_TIMEOUT seconds, which is what a hung Redis costs a request once;
    new connections for REDIS_CONNECT_TIMEOUT. Only a dropped connection is retried, once: the pool
    may hold dead ones after Redis restarts. A time-out is not, or it would cost double.
    """
    pool_size = number("REDIS_POOL_SIZE", default=10, least=1, most=1_000)
    pool_timeout = seconds("REDIS_POOL_TIMEOUT", default=5.0, least=0.001, most=60)
    timeout = seconds("REDIS_TIMEOUT", default=0.05, least=0.001, most=2)
    connect_timeout = seconds("REDIS_CONNECT_TIMEOUT", default=2.0, least=0.001, most=2)
    if url is None:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    pool = {
        "max_connections": pool_size,
        "timeout": pool_timeout,
        "socket_timeout": timeout,
        "socket_connect_timeout": connect_timeout,
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        "protocol": 2,
    }
    options: dict[str, Any] = {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "CONNECTION_POOL_CLASS": "feed.connections.Pool",
        "CONNECTION_POOL_KWARGS": pool,
    }
    return {"BACKEND": "feed.backend.ResilientRedisCache", "LOCATION": url, "OPTIONS": options}


def email() -> dict[str, Any]:
    """Django's e-mail settings from EMAIL_URL; without it, messages are printed."""
    try:
        parsed = env.dj_email_url("EMAIL_URL") if text("EMAIL_URL") else {}
    except EnvError as error:
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp+tls://USER:PASSWORD@HOST:587."
        ) from error
    return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend", **parsed}


def log_level() -> str:
    level = text("LOG_LEVEL", "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
        )
    return level
