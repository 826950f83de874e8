"""The images of a post as one list, and the columns that hold them.

The first image has columns of its own, which releases before this one know too. The others are in
the column `more_images`: a JSON array of `StoredImage`, written with the post in one statement.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePath
from typing import Any, NamedTuple, Protocol, TypedDict

from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext_lazy

from posts.images import PreparedImage, still_of

MAX_IMAGES = 4
HAS_IMAGE = ~models.Q(image="") | ~models.Q(image_url="") | ~models.Q(more_images=[])
# What shows a post that has neither a text nor an alternative text.
IMAGE_ALONE = gettext_lazy("Image")


class StoredImage(TypedDict):
    """One of the further images. `name` is that of its file, `bytes` the size of the file."""

    name: str
    alt: str
    width: int
    height: int
    bytes: int


class ImageColumns(Protocol):
    """What has the columns of a post that hold its images: a model object or a row."""

    @property
    def image(self) -> Any: ...
    @property
    def image_url(self) -> str: ...
    @property
    def image_alt(self) -> str: ...
    @property
    def image_width(self) -> int | None: ...
    @property
    def image_height(self) -> int | None: ...
    @property
    def more_images(self) -> Any: ...


class PostImage(NamedTuple):
    """One image of a post. `file`: the name of a stored file, a file that is to be stored, or ""
    for an image on another site, at `elsewhere`. `size` in bytes, 0 if it is not known."""

    file: str | PreparedImage
    alt: str
    width: int | None
    height: int | None
    size: int = 0
    elsewhere: str = ""

    @classmethod
    def new(cls, image: PreparedImage, alt: str = "") -> "PostImage":
        """Return an image that is not stored yet."""
        return cls(image, alt, image.width, image.height, image.size + len(image.still))

    @property
    def url(self) -> str:
        """The URL of a stored image, relative to this site; of one elsewhere, its address."""
        return self.elsewhere or default_storage.url(str(self.file))

    @property
    def still_url(self) -> str:
        """The URL of what pages show of it: of a moving image, the first frame."""
        return still_of(self.url)

    @property
    def key(self) -> str:
        """What forms name a stored image by."""
        return PurePath(str(self.file)).stem or "elsewhere"

    def __str__(self) -> str:
        return str(self.file)


def images_of(post: ImageColumns) -> list[PostImage]:
    """Return the images of a post, in their order.

    The first image may be missing while others are there: the release before this one removes the
    first alone.
    """
    more = [_stored(image) for image in further_images(post)]
    if not (post.image or post.image_url):
        return more
    total = getattr(post, "image_bytes", 0)  # rows have none, because no page shows it
    first = PostImage(
        str(post.image),
        post.image_alt,
        post.image_width,
        post.image_height,
        max(0, total - sum(image.size for image in more)) if post.image else 0,
        "" if post.image else post.image_url,
    )
    return [first, *more]


def further_images(post: ImageColumns) -> list[StoredImage]:
    """Return the images after the first. Rows have them as the text of their JSON."""
    more: Any = post.more_images
    if isinstance(more, str):
        more = json.loads(more) if len(more) > len("[]") else []
    return more if isinstance(more, list) else []


def _stored(image: StoredImage | PostImage) -> PostImage:
    if isinstance(image, PostImage):
        return image
    return PostImage(image["name"], image["alt"], image["width"], image["height"], image["bytes"])


def image_columns(images: Sequence[PostImage]) -> dict[str, Any]:
    """Return the values of a post's columns for these images."""
    first, *more = images or [PostImage("", "", None, None)]
    return {
        "image": first.file,
        "image_url": first.elsewhere,
        "image_alt": first.alt,
        "image_width": first.width,
        "image_height": first.height,
        "image_bytes": sum(image.size for image in images),
        "more_images": [_as_json(image) for image in more],
    }


def _as_json(image: PostImage) -> StoredImage | PostImage:
    """Return the JSON of a stored image. A new one gets it when it is stored."""
    if isinstance(image.file, PreparedImage):
        return image
    return {
        "name": image.file,
        "alt": image.alt,
        "width": image.width or 1,
        "height": image.height or 1,
        "bytes": image.size,
    }


def image_changes(post: Any, images: Sequence[PostImage]) -> dict[str, Any]:
    """Return the values that give `post` these images; nothing if it has them."""
    return {} if images_of(post) == [*images] else image_columns(images)


def freed_bytes(post: Any, images: Iterable[PostImage]) -> int:
    """Return the bytes of those images of `post` that are not among `images`."""
    left = {image.file for image in images}
    return sum(image.size for image in images_of(post) if image.file not in left)


def is_same(stored: Any, new: Any) -> bool:
    """Return whether a column has this value, even if the files of `new` are not stored yet."""
    if isinstance(new, PreparedImage):
        return _is_same_file(str(stored), new)
    if not isinstance(new, list):
        return bool(stored == new)
    before, after = map(_stored, stored), map(_stored, new)
    return len(stored) == len(new) and all(
        one.alt == other.alt and is_same(one.file, other.file)
        for one, other in zip(before, after, strict=True)
    )


def _is_same_file(name: str, new: PreparedImage) -> bool:
    with suppress(OSError):
        if name and default_storage.size(name) == new.size:
            with default_storage.open(name) as file:
                new.seek(0)
                return bool(file.read() == new.read())
    return False


class MoreImagesField(models.JSONField):
    """The further images of a post. Those that are new are stored when the post is saved."""

    def deconstruct(self) -> Any:
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options  # for migrations

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        images: Any = getattr(model_instance, self.attname)
        if isinstance(images, list):
            for place, image in enumerate(images):
                if isinstance(image, PostImage):
                    images[place] = _as_json(image._replace(file=_store(model_instance, image)))
        return images


def _store(post: models.Model, image: PostImage) -> str:
    file: Any = image.file
    column: Any = post._meta.get_field("image")  # noqa: SLF001 -- Django documents it
    return default_storage.save(column.generate_filename(post, file.name), file)


@contextmanager
def delete_new_files_after_a_failure(post: Any) -> Iterator[None]:
    """Delete the files that the block stored for the post, if it fails."""
    image = post.__dict__.get("image")
    is_new = isinstance(image, PreparedImage) or getattr(image, "_committed", True) is False
    more = post.__dict__.get("more_images") or []
    places = [place for place, one in enumerate(more) if isinstance(one, PostImage)]
    try:
        yield
    except BaseException:
        names = [more[place]["name"] for place in places if isinstance(more[place], dict)]
        delete_files([*names, str(post.image)] if is_new else names)
        raise


def delete_files(names: Iterable[str]) -> None:
    """Delete these files of the storage. A file that can't be deleted is left."""
    for name in names:
        with suppress(OSError):
            default_storage.delete(name)


def shown_text(post: Any) -> str:
    """Return what stands for a post where no image is shown: its text, or that of an image."""
    return post.content or post.image_alt or str(IMAGE_ALONE)


def valid_further_images() -> models.Q:
    """Return the condition that `more_images` is an array of up to three images with a name."""
    there = models.Q(**{f"more_images__{MAX_IMAGES - 1}__isnull": True})
    for place in range(MAX_IMAGES - 1):
        is_named = models.Q(**{f"more_images__{place}__name__isnull": False})
        is_missing = models.Q(**{f"more_images__{place}__isnull": True})
        there &= is_named | is_missing if place else is_named
    return models.Q(more_images=[]) | there
