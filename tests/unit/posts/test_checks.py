"""The check of MEDIA_ROOT when the site starts."""

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from posts.checks import check_media


def test_directory_that_can_be_created_passes(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "not" / "yet" / "there"
    assert check_media() == []


def test_directory_that_is_not_writable_stops_the_start(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Patched, since root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    settings.MEDIA_ROOT = tmp_path / "images"
    (error,) = check_media()
    assert error.id == "posts.E001"
    assert str(tmp_path / "images") in error.msg
    assert error.hint


def test_file_instead_of_the_directory_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "images").write_text("")
    settings.MEDIA_ROOT = tmp_path / "images"
    assert [error.id for error in check_media()] == ["posts.E001"]
