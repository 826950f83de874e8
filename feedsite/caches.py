"""Where Redis is and how it is reached: `CACHES["default"]` from the environment."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from feedsite import environment

SINGLE = ("redis", "rediss", "unix")
SENTINEL = ("redis+sentinel", "rediss+sentinel")
CLUSTER = ("redis+cluster", "rediss+cluster")
# Anything else in a URL's query would override a time-out, or the checking of certificates, or fail
# at the first command.
CERTIFICATES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisURL:
    """A URL that was checked, in the parts that connections are made of.

    `service`: what Sentinel calls the Redis it watches. `login`: as in the URL, still quoted.
    """

    scheme: str
    hosts: list[tuple[str, int]]
    login: str
    service: str
    database: int
    certificates: dict[str, str]

    @property
    def tls(self) -> bool:
        return self.scheme.startswith("rediss")


def redis_url() -> str | None:
    """Where Redis is, from the first of its variables that is set; None without any.

    Upstash's REST token is the password of the same database's Redis protocol endpoint.
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
        port = environment.number("REDIS_PORT", default=6379, least=1, most=65_535)
        password = environment.text("REDIS_PASSWORD")
        login = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{login}{f'[{host}]' if ':' in host else host}:{port}/0"
    for name in ("REDIS_PORT", "REDIS_PASSWORD", "UPSTASH_REDIS_REST_TOKEN"):
        if environment.text(name):
            raise ImproperlyConfigured(f"{name} is set, but nothing says at which host Redis is.")
    return None


def _upstash(rest_url: str) -> str:
    if not (found := re.fullmatch(r"https://([\w.-]+)/?", rest_url)):
        raise ImproperlyConfigured("UPSTASH_REDIS_REST_URL must look like https://HOST.")
    if not (token := environment.text("UPSTASH_REDIS_REST_TOKEN")):
        raise ImproperlyConfigured(
            "UPSTASH_REDIS_REST_TOKEN is not set, and UPSTASH_REDIS_REST_URL needs it."
        )
    return f"rediss://default:{quote(token, safe='')}@{found[1]}:6379"


def parse(url: str, *, name: str) -> RedisURL:
    """The parts of a URL.

    Raises:
        ImproperlyConfigured: it is no such URL. The sentence names the variable and repeats nothing
            of the URL but the names of unknown options, for it holds a password.
    """
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        hosts = _hosts(parts)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must look like redis://:PASSWORD@HOST:6379/0, with a scheme out of "
            f"{', '.join(SINGLE + SENTINEL + CLUSTER)}."
        ) from None
    if unknown := query.keys() - CERTIFICATES - {"db"}:
        raise ImproperlyConfigured(
            f"{name} has options it does not take ({', '.join(sorted(unknown))}); it takes "
            f"{', '.join(sorted(CERTIFICATES | {'db'}))}. Certificates are always checked."
        )
    service, database = _service_and_database(parts, query.get("db", [""])[-1], name=name)
    return RedisURL(
        scheme=parts.scheme,
        hosts=hosts,
        login=parts.netloc.rpartition("@")[0],
        service=service,
        database=database,
        certificates={key: query[key][-1] for key in CERTIFICATES & query.keys()},
    )


def _hosts(parts: SplitResult) -> list[tuple[str, int]]:
    """The hosts of a URL, several of them for Sentinel and Cluster; none for a Unix socket."""
    if parts.scheme not in SINGLE + SENTINEL + CLUSTER:
        raise ValueError(parts.scheme)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError(parts.path)
        return []
    listed = parts.netloc.rpartition("@")[2].split(",")
    if parts.scheme in SINGLE and len(listed) != 1:
        raise ValueError(listed)
    hosts = []
    for host in listed:
        one = urlsplit(f"//{host}")
        port = 26_379 if parts.scheme in SENTINEL else 6_379
        port = port if one.port is None else one.port
        if not one.hostname or not port:
            raise ValueError(host)
        hosts.append((one.hostname, port))
    return hosts


def _service_and_database(parts: SplitResult, db: str, *, name: str) -> tuple[str, int]:
    """What a URL's path, or its option `db`, says: the service (Sentinel) and the database."""
    path = "" if parts.scheme == "unix" else parts.path.strip("/")
    service = ""
    if parts.scheme in SENTINEL:
        service, _, path = path.partition("/")
        if not re.fullmatch(r"[\w.-]+", service):
            raise ImproperlyConfigured(
                f"{name} must name the service: redis+sentinel://HOST:26379,HOST:26379/SERVICE/0."
            )
    database = db or path or "0"
    if not re.fullmatch(r"\d{1,3}", database) or (path and not path.isdecimal()):
        raise ImproperlyConfigured(f"{name} must end in the number of a database, or in nothing.")
    if parts.scheme in CLUSTER and int(database):
        raise ImproperlyConfigured(f"{name} names a database, and a Cluster has only number 0.")
    return service, int(database)


def cache(url: str | None) -> dict[str, Any]:
    """`CACHES["default"]`: django-redis that survives an outage, or memory where there is no Redis.

    Answers are awaited for REDIS_TIMEOUT seconds, which is what a hung Redis costs a request once;
    new connections for REDIS_CONNECT_TIMEOUT. Only a dropped connection is retried, once: the pool
    may hold dead ones after Redis restarts. A time-out is not, or it would cost double.
    """
    number, seconds = environment.number, environment.seconds
    pool: dict[str, Any] = {
        "max_connections": number("REDIS_POOL_SIZE", default=10, least=1, most=1_000),
        "timeout": seconds("REDIS_POOL_TIMEOUT", default=5.0, least=0.001, most=60),
        "socket_timeout": seconds("REDIS_TIMEOUT", default=0.05, least=0.001, most=2),
        "socket_connect_timeout": seconds(
            "REDIS_CONNECT_TIMEOUT", default=2.0, least=0.001, most=2
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


def key_prefix() -> str:
    """What every key of this site in Redis begins with, so that sites can share one."""
    prefix = environment.text("REDIS_KEY_PREFIX", "feedsite")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", prefix):
        raise ImproperlyConfigured(
            "REDIS_KEY_PREFIX must be up to 64 letters, digits, dots, dashes or underscores."
        )
    return prefix


def _sentinel(url: RedisURL, pool: dict[str, Any], options: dict[str, Any]) -> str:
    """Fill in the options for a Redis that Sentinel watches, and return the location.

    The URL's user and password are the Redis's. The Sentinels' own password, if they have one, is
    REDIS_SENTINEL_PASSWORD. Everything is read from the master: a replica may be behind.
    """
    if url.tls:
        pool = pool | {"ssl": True}
    sentinel_password = environment.text("REDIS_SENTINEL_PASSWORD") or None
    not_for_one_connection = {"max_connections", "timeout"}
    own = {key: value for key, value in pool.items() if key not in not_for_one_connection}
    options |= {
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
        "CONNECTION_POOL_CLASS": "freshcache.redis.connections.SentinelPool",
        # By name, since as a URL's host it would be in lower case.
        "CONNECTION_POOL_KWARGS": pool | {"service_name": url.service},
        "SENTINELS": url.hosts,
        "SENTINEL_KWARGS": own | {"password": sentinel_password},
    }
    login = f"{url.login}@" if url.login else ""
    return f"redis://{login}{url.service}/{url.database}"


def _cluster(url: RedisURL, pool: dict[str, Any], options: dict[str, Any]) -> str:
    """Fill in the options for a Cluster, and return one location: the first host named.

    django-redis would read from further locations as from replicas, so they are an option.
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
