"""The demo's pictures in the storage: each a file of its own, taken away if the run fails."""

from pathlib import Path

import pytest

from demo.gallery import Gallery
from demo.loader import PICTURES
from posts import webp
from posts.images import PERSON_SIDE
from tests.unit.posts import pictures


def test_pictures_are_stored_byte_for_byte_where_uploads_are(media: Path) -> None:
    with Gallery() as gallery:
        image = gallery.of_post("loaf.webp")
        portrait = gallery.of_person("portrait-wanda.webp")
    assert image.name.startswith("posts/")
    assert portrait.name.startswith("people/")
    data = (media / image.name).read_bytes()
    assert data == (PICTURES / "loaf.webp").read_bytes()
    assert (image.width, image.height, image.size) == (*webp.size(data), len(data))
    assert (portrait.width, portrait.height) == (PERSON_SIDE, PERSON_SIDE)


def test_two_rows_with_the_same_picture_have_a_file_each(media: Path) -> None:
    with Gallery() as gallery:
        names = {gallery.of_post("loaf.webp").name for _ in range(2)}
    assert pictures.stored() == names
    assert len(names) == 2


def test_a_failure_takes_the_stored_files_away(media: Path) -> None:
    gallery = Gallery()
    gallery.of_post("loaf.webp")
    assert pictures.stored()
    with pytest.raises(RuntimeError, match="no more"), gallery:
        raise RuntimeError("no more")
    assert not pictures.stored()


def test_a_file_that_is_no_webp_is_not_stored(media: Path, tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match="not a WebP file"), Gallery(tmp_path) as gallery:
        gallery.of_post("a.webp")
    assert not pictures.stored()
