"""Copies of the demo's images: one file for each row, deleted if the run fails."""

from pathlib import Path

import pytest

from demo.gallery import Gallery
from demo.loader import IMAGES
from posts import webp
from posts.images import AVATAR_SIDE
from tests.unit.posts import sample_images as pictures


def test_images_are_stored_unchanged_among_uploads(media: Path) -> None:
    with Gallery() as gallery:
        image = gallery.of_post("loaf.webp")
        portrait = gallery.of_person("portrait-wanda.webp")
    assert image.name.startswith("posts/")
    assert portrait.name.startswith("people/")
    data = (media / image.name).read_bytes()
    assert data == (IMAGES / "loaf.webp").read_bytes()
    assert (image.width, image.height, image.size) == (*webp.size(data), len(data))
    assert (portrait.width, portrait.height) == (AVATAR_SIDE, AVATAR_SIDE)


def test_two_rows_with_the_same_image_have_separate_files(media: Path) -> None:
    with Gallery() as gallery:
        names = {gallery.of_post("loaf.webp").name for _ in range(2)}
    assert pictures.stored() == names
    assert len(names) == 2


def test_failure_deletes_the_stored_files(media: Path) -> None:
    gallery = Gallery()
    gallery.of_post("loaf.webp")
    assert pictures.stored()
    with pytest.raises(RuntimeError, match="no more"), gallery:
        raise RuntimeError("no more")
    assert not pictures.stored()


def test_file_that_is_not_webp_is_refused(media: Path, tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match="not a WebP file"), Gallery(tmp_path) as gallery:
        gallery.of_post("a.webp")
    assert not pictures.stored()
