# ruff: noqa: INP001 -- Python finds it by its directory, which is no package
"""Python reads this at its start when the directory is on its path: another time of day.

The monotonic clock stays as it is, as it does when a machine's clock is set.
"""

import os
import time
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

_SHIFT_SECONDS = int(os.environ["CLOCK_SHIFT_SECONDS"])
_now = timezone.now

# Partial objects, for like the functions that they replace, they are no methods in a class.
time.time = partial(lambda real: real() + _SHIFT_SECONDS, time.time)
time.time_ns = partial(lambda real: real() + _SHIFT_SECONDS * 1_000_000_000, time.time_ns)


def _shifted_now() -> datetime:
    return _now() + timedelta(seconds=_SHIFT_SECONDS)


timezone.now = _shifted_now
