from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import SettingsWrapper

from feedsite.storage import StaticFiles


@pytest.fixture
def collected(tmp_path: Path, settings: SettingsWrapper) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "feedsite.storage.StaticFiles"},
    }
    return settings.STATIC_ROOT


def test_before_files_are_collected_pages_name_them_plainly(collected: Path) -> None:
    assert StaticFiles(location=collected).url("feed/style.css") == "/static/feed/style.css"


def test_collected_files_have_names_that_change_with_their_content(collected: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    url = StaticFiles(location=collected).url("feed/style.css")
    assert url != "/static/feed/style.css"
    assert (collected / url.removeprefix("/static/")).exists()


def test_a_file_that_was_not_collected_with_the_others_is_an_error(collected: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        StaticFiles(location=collected).url("feed/no-such.css")
