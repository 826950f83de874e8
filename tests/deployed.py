"""The real settings, with static files collected for one test run alone."""

import os
from pathlib import Path

from feedsite.settings import *  # noqa: F403 - every setting, and then the one of this file

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
