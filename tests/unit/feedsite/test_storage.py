from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from feedsite.storage import StaticFiles

pytestmark = pytest.mark.once


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    root = settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "feedsite.storage.StaticFiles"},
    }
    return root


def test_before_files_are_collected_pages_name_them_plainly(collected: Path) -> None:
    assert StaticFiles(location=collected).url("feed/style.css") == "/static/feed/style.css"


def test_collected_files_have_hashed_names_and_one_that_is_missing_is_an_error(
    collected: Path,
) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    url = StaticFiles(location=collected).url("feed/style.css")
    assert url != "/static/feed/style.css"
    assert (collected / url.removeprefix("/static/")).exists()
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        StaticFiles(location=collected).url("feed/no-such.css")
