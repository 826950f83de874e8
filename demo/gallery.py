"""Copies of the demo's pictures in the storage of uploaded images."""

from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from django.core.files.storage import default_storage

from demo.loader import PICTURES
from posts import webp
from posts.images import Picture
from posts.models import Post, User


class StoredPicture(NamedTuple):
    name: str  # in the storage
    width: int  # in pixels
    height: int
    size: int  # in bytes


class Gallery:
    """Stores pictures while it is entered, and deletes them again if the block fails.

    A transaction that is rolled back leaves the files where they are, so this class removes them.
    The files are WebP of a permitted size (tests/unit/demo/test_content.py): none is decoded.
    """

    def __init__(self, directory: Path = PICTURES) -> None:
        self._directory = directory
        self._names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            for name in self._names:
                default_storage.delete(name)

    def of_person(self, file_name: str) -> StoredPicture:
        return self._store(User(), "picture", file_name)

    def of_post(self, file_name: str) -> StoredPicture:
        return self._store(Post(), "image", file_name)

    def _store(self, row: User | Post, field: str, file_name: str) -> StoredPicture:
        """Store a copy for one row: the storage deletes the file together with its row."""
        content = (self._directory / file_name).read_bytes()
        picture = Picture(content, webp.size(content))
        name = getattr(row, field).field.generate_filename(row, picture.name)
        self._names.append(default_storage.save(name, picture))
        return StoredPicture(self._names[-1], picture.width, picture.height, picture.size)
