"""What can go wrong with a cache, and is expected to."""

from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError


class Busy(Exception):  # noqa: N818 -- no fault: there is room for so many at a time
    """Too many threads already load such pages; retry later."""


class RedisAway(Exception):  # noqa: N818 -- a state of things, and expected
    """A call to Redis failed, and the breaker is open now."""


class PoolExhausted(RedisConnectionError):  # noqa: N818 -- what happened is no fault
    """No connection got free in time: this process is busy, which says nothing about Redis."""


class DatabaseUnavailable(OperationalError):  # noqa: N818 -- not asked, nothing has failed
    """It did not answer a moment ago, and another thread is finding out whether it does now."""
