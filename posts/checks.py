"""System checks of the settings of posts: an error at start instead of at the first use."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch

from posts.links import EXAMPLES, Page, page_path


def check_media(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check that MEDIA_ROOT, or the nearest directory above it that exists, can be written."""
    place = Path(settings.MEDIA_ROOT).absolute()
    nearest = next(path for path in (place, *place.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [
        checks.Error(
            f"MEDIA_ROOT: {place} can't be written, so no image can be uploaded.",
            id="posts.E001",
            hint="Name a directory that belongs to the user the site runs as.",
        )
    ]


def check_pages(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check that `settings.PAGES` names a route for each page that posts link to."""
    return [
        checks.Error(
            f"PAGES has no route for {page.value!r} that takes {EXAMPLES[page]!r}: {error!r}.",
            id="posts.E002",
            hint="posts/links.py lists the pages and their arguments.",
        )
        for page in Page
        if (error := _page_error(page)) is not None
    ]


def _page_error(page: Page) -> Exception | None:
    try:
        page_path(page, *EXAMPLES[page])
    except (KeyError, NoReverseMatch) as error:
        return error
    return None


def connect() -> None:
    checks.register(check_media)
    checks.register(check_pages)
