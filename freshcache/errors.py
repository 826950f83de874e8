"""All exceptions of this package, and the failures of Django's database that it handles."""

from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

# Django raises one of these when the database is unreachable or fails to answer. It does not say
# that a query is wrong, so a page that was loaded earlier may be served instead.
DATABASE_FAILURES = (OperationalError, InterfaceError)


class FreshCacheError(Exception):
    """Base class of the exceptions of this package."""


class Busy(FreshCacheError):  # noqa: N818 -- an expected state of this process, not a fault
    """Too many threads already load pages of this kind; retry later."""


class RedisAway(FreshCacheError):  # noqa: N818 -- an expected state of Redis
    """A call to Redis failed and opened the breaker."""


class PoolExhausted(FreshCacheError, RedisConnectionError):  # noqa: N818 -- not a fault of Redis
    """No connection became free in time. This process is busy; Redis may be well."""


class DatabaseUnavailable(FreshCacheError, OperationalError):  # noqa: N818 -- nothing was called
    """The query was not sent: another thread already retries a failed one, or no time is left."""
