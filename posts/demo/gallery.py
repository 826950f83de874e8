"""Drawings in the storage, as if somebody had uploaded them."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from types import TracebackType
from typing import NamedTuple, Self

from django.core.files.storage import default_storage
from PIL import Image

from posts import images
from posts.models import Post, User

Draw = Callable[[Random], Image.Image]


class Hung(NamedTuple):
    name: str
    width: int
    height: int
    size: int  # in bytes


class Gallery:
    """Takes its pictures away again if the run fails, for files know nothing of transactions."""

    def __init__(self) -> None:
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

    def of_person(self, draw: Draw, dice: Random) -> Hung:
        return self._keep(User(), "picture", images.for_person(_drawn(draw, dice)))

    def of_post(self, draw: Draw, dice: Random) -> Hung:
        return self._keep(Post(), "image", images.for_post(_drawn(draw, dice)))

    def _keep(self, row: User | Post, field: str, picture: images.Picture) -> Hung:
        """A file of its own for each row: it is deleted together with it."""
        name = getattr(row, field).field.generate_filename(row, picture.name)
        self._names.append(default_storage.save(name, picture))
        return Hung(self._names[-1], picture.width, picture.height, picture.size)


def _drawn(draw: Draw, dice: Random) -> BytesIO:
    file = BytesIO()
    draw(dice).save(file, "PNG", compress_level=0)  # for a moment only
    file.seek(0)
    return file
