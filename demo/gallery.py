"""Copies of the demo's images in the storage of uploads."""

from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from django.core.files.storage import default_storage

from demo.loader import IMAGES
from posts import webp
from posts.images import PreparedImage
from posts.models import Post, User


class StoredImage(NamedTuple):
    name: str  # in the storage
    width: int  # in pixels
    height: int
    size: int  # in bytes


class Gallery:
    """A context manager that stores images, and deletes them if its block fails.

    The rollback of a transaction does not remove files. The images are not decoded:
    tests/unit/demo/test_content.py checks that they are WebP of a permitted size.
    """

    def __init__(self, directory: Path = IMAGES) -> None:
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

    def of_person(self, file_name: str) -> StoredImage:
        """Store a copy for one account."""
        return self._store(User(), "avatar", file_name)

    def of_post(self, file_name: str) -> StoredImage:
        """Store a copy for one post."""
        return self._store(Post(), "image", file_name)

    def _store(self, row: User | Post, field: str, file_name: str) -> StoredImage:
        """Store a copy for one row, because the storage deletes a file together with its row."""
        content = (self._directory / file_name).read_bytes()
        picture = PreparedImage(content, webp.size(content))
        name = getattr(row, field).field.generate_filename(row, picture.name)
        self._names.append(default_storage.save(name, picture))
        return StoredImage(self._names[-1], picture.width, picture.height, picture.size)
