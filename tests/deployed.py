"""The site's settings, with static files that are collected for one test run."""

import os
from pathlib import Path

from feedsite.settings import *  # noqa: F403 -- all settings; this file overrides one

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
