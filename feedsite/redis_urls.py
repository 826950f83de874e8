"""URLs of Redis: one server, Sentinel or Cluster."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

SINGLE = ("redis", "rediss", "unix")
SENTINEL = ("redis+sentinel", "rediss+sentinel")
CLUSTER = ("redis+cluster", "rediss+cluster")
# Accepted options of a URL. Any other could override a time-out or the verification of
# certificates, or fail at the first command.
CERTIFICATES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisURL:
    """The parts of a validated URL.

    `service`: the name under which Sentinel monitors the Redis. `login`: percent-encoded, as in the
    URL.
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


def parse(url: str, *, name: str) -> RedisURL:
    """Parse the URL of the variable `name`.

    Raises:
        ImproperlyConfigured: it is no URL of Redis. The error repeats nothing of the URL, which
            holds a password, except the names of unknown options.
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
            f"{name} has unknown options ({', '.join(sorted(unknown))}). It accepts "
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
    """Return hosts and ports: several for Sentinel and Cluster, none for a Unix socket.

    Raises:
        ValueError: the scheme is unknown, or a host or the path of the socket is missing.
    """
    if parts.scheme not in SINGLE + SENTINEL + CLUSTER:
        raise ValueError(parts.scheme)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError(parts.path)
        return []
    locations = parts.netloc.rpartition("@")[2].split(",")
    if parts.scheme in SINGLE and len(locations) != 1:
        raise ValueError(locations)
    default_port = 26_379 if parts.scheme in SENTINEL else 6_379
    hosts = []
    for location in locations:
        split = urlsplit(f"//{location}")
        port = default_port if split.port is None else split.port
        if not split.hostname or not port:
            raise ValueError(location)
        hosts.append((split.hostname, port))
    return hosts


def _service_and_database(parts: SplitResult, db: str, *, name: str) -> tuple[str, int]:
    """Return Sentinel's service and the number of the database, from the path and option `db`."""
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
        raise ImproperlyConfigured(f"{name} must end in the number of a database, or in no path.")
    if parts.scheme in CLUSTER and int(database):
        raise ImproperlyConfigured(f"{name} names a database, but a Cluster has only number 0.")
    return service, int(database)
