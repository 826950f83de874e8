"""Settings of a site that finds no stale page by itself, so that only its readers can find it."""

from tests.settings import *  # noqa: F403 -- every setting, and then the one of this file
from tests.settings import FEED

FEED = {**FEED, "SELF_CHECK_SECONDS": 0}
