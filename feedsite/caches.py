"""`CACHES["default"]` from the environment: the address of Redis and the options to reach it."""

import re
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from feedsite import environment
from feedsite.redis_urls import CLUSTER, SENTINEL, RedisURL, parse


def redis_url() -> str | None:
    """Return the URL of Redis from the first of its variables that is set; None without any.

    Upstash's REST token is also the password for the Redis protocol of the same database.

    Raises:
        ImproperlyConfigured: a variable is wrong, or set without the one that names the host.
    """
    for name in ("REDIS_URL", "REDIS_PRIVATE_URL"):
        if url := environment.text(name):
            parse(url, name=name)
            return url
    if rest_url := environment.text("UPSTASH_REDIS_REST_URL"):
        return _upstash(rest_url)
    if host := environment.text("REDIS_HOST"):
        if not re.fullmatch(r"[\w.:-]+", host):
            raise ImproperlyConfigured("REDIS_HOST must be a host name or an address.")
        port = environment.number("REDIS_PORT", default=6379, minimum=1, maximum=65_535)
        password = environment.text("REDIS_PASSWORD")
        login = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{login}{f'[{host}]' if ':' in host else host}:{port}/0"
    for name in ("REDIS_PORT", "REDIS_PASSWORD", "UPSTASH_REDIS_REST_TOKEN"):
        if environment.text(name):
            raise ImproperlyConfigured(
                f"{name} is set, but no variable names the host of Redis: set REDIS_URL,"
                f" REDIS_HOST or UPSTASH_REDIS_REST_URL, or unset {name}."
            )
    return None


def _upstash(rest_url: str) -> str:
    if not (found := re.fullmatch(r"https://([\w.-]+)/?", rest_url)):
        raise ImproperlyConfigured("UPSTASH_REDIS_REST_URL must look like https://HOST.")
    if not (token := environment.text("UPSTASH_REDIS_REST_TOKEN")):
        raise ImproperlyConfigured(
            "UPSTASH_REDIS_REST_TOKEN is not set: UPSTASH_REDIS_REST_URL needs it."
        )
    return f"rediss://default:{quote(token, safe='')}@{found[1]}:6379"


def cache(url: str | None) -> dict[str, Any]:
    """Return `CACHES["default"]`: django-redis that survives an outage, or memory without a URL.

    A command waits REDIS_TIMEOUT seconds for its reply (the cost of a hung Redis, paid once by a
    request); a connection REDIS_CONNECT_TIMEOUT seconds. A dropped connection is retried once,
    because the pool may hold dead connections after a restart of Redis. A time-out is not retried:
    the request would wait twice as long.
    """
    number, seconds = environment.number, environment.seconds
    pool: dict[str, Any] = {
        "max_connections": number("REDIS_POOL_SIZE", default=10, minimum=1, maximum=1_000),
        "timeout": seconds("REDIS_POOL_TIMEOUT", default=5.0, minimum=0.001, maximum=60),
        "socket_timeout": seconds("REDIS_TIMEOUT", default=0.05, minimum=0.001, maximum=2),
        "socket_connect_timeout": seconds(
            "REDIS_CONNECT_TIMEOUT", default=2.0, minimum=0.001, maximum=2
        ),
        "protocol": 2,
    }
    if url is None:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    parsed = parse(url, name="REDIS_URL")
    if parsed.hosts:
        pool["socket_keepalive"] = True
    if parsed.tls:
        pool |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True, **parsed.certificates}
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options: dict[str, Any] = {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "FRESHCACHE": "feed.cache.feed_cache",
    }
    location = url
    if parsed.scheme in SENTINEL:
        location = _sentinel(parsed, pool | {"retry": retry}, options)
    elif parsed.scheme in CLUSTER:
        location = _cluster(parsed, pool, options)
    else:
        options["CONNECTION_POOL_CLASS"] = "freshcache.redis.connections.Pool"
        options["CONNECTION_POOL_KWARGS"] = pool | {"retry": retry}
    return {
        "BACKEND": "freshcache.django.backend.ResilientRedisCache",
        "LOCATION": location,
        "KEY_PREFIX": key_prefix(),
        "OPTIONS": options,
    }


def longest_wait_seconds(cache: dict[str, Any]) -> float:
    """Return how long one command may wait: for a connection, and its answer, with one retry."""
    pool = cache["OPTIONS"].get("CONNECTION_POOL_KWARGS")
    return 2 * pool["socket_timeout"] + pool["socket_connect_timeout"] if pool else 0.0


def key_prefix() -> str:
    """Return the prefix of all keys of this site in Redis, so that several sites can share one.

    Raises:
        ImproperlyConfigured: it has characters that could break keys.
    """
    prefix = environment.text("REDIS_KEY_PREFIX", "feedsite")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", prefix):
        raise ImproperlyConfigured(
            "REDIS_KEY_PREFIX must be up to 64 letters, digits, dots, dashes or underscores."
        )
    return prefix


def _sentinel(url: RedisURL, pool: dict[str, Any], options: dict[str, Any]) -> str:
    """Add the options for a Redis behind Sentinel, and return the location.

    User and password of the URL are those of Redis. The Sentinels' password, if they have one, is
    REDIS_SENTINEL_PASSWORD. All reads go to the master: a replica may be behind.
    """
    if url.tls:
        pool = pool | {"ssl": True}
    sentinel_password = environment.text("REDIS_SENTINEL_PASSWORD") or None
    pool_only = {"max_connections", "timeout"}
    connection = {key: value for key, value in pool.items() if key not in pool_only}
    options |= {
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
        "CONNECTION_POOL_CLASS": "freshcache.redis.connections.SentinelPool",
        # As an option, because the host of a URL is converted to lower case.
        "CONNECTION_POOL_KWARGS": pool | {"service_name": url.service},
        "SENTINELS": url.hosts,
        "SENTINEL_KWARGS": connection | {"password": sentinel_password},
    }
    login = f"{url.login}@" if url.login else ""
    return f"redis://{login}{url.service}/{url.database}"


def _cluster(url: RedisURL, pool: dict[str, Any], options: dict[str, Any]) -> str:
    """Add the options for a Cluster, and return the location: its first host.

    django-redis treats further locations as replicas, so the other hosts are an option.
    """
    host, port = url.hosts[0]
    options |= {
        "CONNECTION_FACTORY": "freshcache.redis.connections.ClusterFactory",
        "CONNECTION_POOL_KWARGS": pool,
        "STARTUP_NODES": url.hosts[1:],
    }
    scheme = "rediss" if url.tls else "redis"
    login = f"{url.login}@" if url.login else ""
    return f"{scheme}://{login}{f'[{host}]' if ':' in host else host}:{port}"
