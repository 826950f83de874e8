"""What is wrong with the settings of the write side, said at start and not at the first upload."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks


def check_media(**kwargs: Any) -> list[checks.CheckMessage]:
    """Pictures can be stored: the directory, or the nearest there is above it, can be written."""
    place = Path(settings.MEDIA_ROOT).absolute()
    nearest = next(path for path in (place, *place.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [
        checks.Error(
            f"MEDIA_ROOT: {place} can't be written, so nobody can upload a picture.",
            id="posts.E001",
            hint="Name a directory that belongs to the user the site runs as.",
        )
    ]


def connect() -> None:
    checks.register(check_media)
