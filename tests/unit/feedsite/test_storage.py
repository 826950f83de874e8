"""Names of static files before and after they are collected."""

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from feedsite.storage import StaticFiles


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    root = settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "feedsite.storage.StaticFiles"},
    }
    return root


def test_files_have_plain_names_before_they_are_collected(collected: Path) -> None:
    assert StaticFiles(location=collected).url("feed/style.css") == "/static/feed/style.css"


def test_collected_files_have_hashed_names_and_unknown_ones_are_an_error(
    collected: Path,
) -> None:
    # Compressing the files of the admin and of the API's pages takes ten seconds.
    others = ["admin", "drf_spectacular_sidecar", "rest_framework"]
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=others)
    url = StaticFiles(location=collected).url("feed/style.css")
    assert url != "/static/feed/style.css"
    assert (collected / url.removeprefix("/static/")).exists()
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        StaticFiles(location=collected).url("feed/no-such.css")
