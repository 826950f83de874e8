# ruff: noqa: INP001 -- Python finds this file by its directory, which is not a package
"""Shift the time of day. Python imports this module at start if its directory is on the path.

The monotonic clock is unchanged, as when the clock of a machine is set.
"""

import os
import time
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

_SHIFT_SECONDS = int(os.environ["CLOCK_SHIFT_SECONDS"])
_now = timezone.now

# Partial objects: like the built-in functions, they do not become methods in a class.
time.time = partial(lambda real: real() + _SHIFT_SECONDS, time.time)
time.time_ns = partial(lambda real: real() + _SHIFT_SECONDS * 1_000_000_000, time.time_ns)


def _shifted_now() -> datetime:
    return _now() + timedelta(seconds=_SHIFT_SECONDS)


timezone.now = _shifted_now
