"""The files of a post's images: none stays in the storage after its post or its image.

django-cleanup deletes the file of a post's first image, which has a column of files. The signals
here do the same for the other images: after commit, for single posts and for cascades.
"""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db.models.signals import post_delete, post_init, post_save
from django.db.transaction import on_commit

from posts.models import Post
from posts.post_images import delete_files, further_images

# The attribute of a post with the names of the files that it was read or saved with.
_NAMES = "_more_image_names"


def _names(post: Post) -> frozenset[str]:
    # New images, which are no dictionaries, have no file yet.
    images: list[Any] = [*further_images(post)]
    return frozenset(str(image["name"]) for image in images if isinstance(image, dict))


def _note(*, instance: Post, **kwargs: Any) -> None:
    if instance.__dict__.get("more_images"):
        instance.__dict__[_NAMES] = _names(instance)


def _saved(
    *, instance: Post, using: str, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    if update_fields is not None and "more_images" not in update_fields:
        return
    if former := instance.__dict__.pop(_NAMES, None):
        # The second image becomes the first one when that is removed.
        left = former - _names(instance) - {str(instance.image)}
        on_commit(partial(delete_files, left), using=using)
    _note(instance=instance)


def _deleted(*, instance: Post, using: str, **kwargs: Any) -> None:
    if names := instance.__dict__.get(_NAMES):
        on_commit(partial(delete_files, names), using=using)


def connect() -> None:
    """Connect the signals of posts."""
    post_init.connect(_note, sender=Post, dispatch_uid="posts.images.note")
    post_save.connect(_saved, sender=Post, dispatch_uid="posts.images.saved")
    post_delete.connect(_deleted, sender=Post, dispatch_uid="posts.images.deleted")
