"""The images of a post in a request of the API."""

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from posts.api.resource import valid
from posts.inputs import ImageInput, PostUpload, TextField
from posts.models import Post
from posts.post_images import MAX_IMAGES, PostImage, image_changes, images_of

# Input that says which images a post has.
IMAGE_INPUTS = frozenset({"image_url", "image_alt", "images"})


def is_form(request: Request) -> bool:
    return bool(request.content_type and request.content_type.startswith("multipart/"))


def upload_of(request: Request) -> dict[str, Any]:
    """Return the images of the request, prepared to be stored, and their texts. JSON has none."""
    if not is_form(request):
        return {}
    form: Any = request.data
    still = str(form.get("still", "")).lower() in {"true", "1", "on"}
    return valid(ImageInput, request, context={"still": still}, body=PostUpload)


def with_images(
    post: Post, values: dict[str, Any], upload: dict[str, Any], request: Request
) -> dict[str, Any]:
    """Return the values of the columns that the request changes, those of the images included.

    Raises:
        ValidationError: there would be too many images, or neither a text nor an image.
    """
    images = images_after(post, values, upload)
    if len(images) > MAX_IMAGES:
        raise ValidationError(
            {"image": [ErrorDetail(f"A post takes up to {MAX_IMAGES} images.", "too_many")]}
        )
    values = {name: value for name, value in values.items() if name not in IMAGE_INPUTS}
    if not images and not values.get("content", post.content):
        code = "blank" if "content" in request.data or post.pk else "required"
        said = str(TextField().error_messages[code])
        raise ValidationError({"content": [ErrorDetail(said, code)]})
    return {**values, **image_changes(post, images)}


def images_after(post: Post, values: dict[str, Any], upload: dict[str, Any]) -> list[PostImage]:
    images, kept = images_of(post), values.get("images")
    new, alts = upload.get("image", []), upload.get("image_alt", [])
    if kept is not None:
        images = [_described(image, kept[image.url]) for image in images if image.url in kept]
    elif new or ("image_url" in values and not values["image_url"]):
        images = []
    if not new:
        alts = alts or ([values["image_alt"]] if "image_alt" in values else [])
        if kept is not None and alts == [post.image_alt]:
            alts = []  # as it was read; `images` says what changes
        return [*map(_described, images, alts), *images[len(alts) :]]
    added = [PostImage.new(image) for image in new]
    return [*images, *map(_described, added, alts), *added[len(alts) :]]


def _described(image: PostImage, alt: str | None) -> PostImage:
    return image if alt is None else image._replace(alt=alt)
