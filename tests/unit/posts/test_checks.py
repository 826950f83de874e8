"""The place for pictures is looked at when the site starts."""

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from posts.checks import check_media


def test_a_directory_that_can_be_made_is_good_enough(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "not" / "yet" / "there"
    assert check_media() == []


def test_one_that_is_not_ours_stops_the_start(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Asked in this way, for root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    settings.MEDIA_ROOT = tmp_path / "pictures"
    (error,) = check_media()
    assert error.id == "posts.E001"
    assert str(tmp_path / "pictures") in error.msg
    assert error.hint


def test_a_file_in_its_place_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("")
    settings.MEDIA_ROOT = tmp_path / "pictures"
    assert [error.id for error in check_media()] == ["posts.E001"]
