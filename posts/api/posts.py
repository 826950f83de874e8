"""Posts."""

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from posts import audit, idempotency, powers, versions
from posts.api.resource import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    LOCATION,
    NOTHING,
    REPLAYED,
    Resource,
    valid,
)
from posts.current_user import current_user
from posts.errors import DeletedSinceError
from posts.inputs import ImageInput, PostInput, PostUpload, TextField
from posts.models import (
    NO_TEXTS,
    POST_TEXTS,
    Post,
    PostQuerySet,
    User,
)
from posts.parsers import JSONParser
from posts.post_images import (
    MAX_IMAGES,
    PostImage,
    freed_bytes,
    image_changes,
    images_of,
)
from posts.quota import check_quota
from posts.serializers import PostJSON, PostSerializer, post_json
from posts.throttles import UploadThrottle, WriteThrottle

# JSON, or a form where an image comes along.
PARSERS = (JSONParser, MultiPartParser)
THROTTLES = (WriteThrottle, UploadThrottle)
# Input that says which images a post has.
IMAGE_INPUTS = frozenset({"image_url", "image_alt", "images"})
# What GET shows and nobody sets.
_READ_ONLY = PostJSON.__annotations__.keys() - POST_TEXTS.keys()
BODIES = {"application/json": PostInput, "multipart/form-data": PostUpload}


class PostList(Resource):
    parser_classes = PARSERS
    throttle_classes = THROTTLES

    @extend_schema(
        operation_id="post_create",
        request=BODIES,
        responses={201: PostSerializer},
        parameters=[LOCATION, ETAG, IDEMPOTENCY_KEY, REPLAYED],
    )
    def post(self, request: Request) -> Response:
        """Write a post. With up to four images: as multipart/form-data; then it needs no text."""
        sent = idempotency.of_request(request, "post")
        if (pk := idempotency.find(sent)) is not None:
            return _replayed(pk)
        author, values = current_user(request), valid(PostInput, request, body=_body(request))
        upload = _upload(request)
        values = _with_images(Post(), values, upload, request)

        def make() -> Post:
            check_quota(author.pk, upload.get("image", []))
            return Post.objects.create(author=author, **values)

        with transaction.atomic():
            pk, post = idempotency.once(sent, make)
        if post is None:
            return _replayed(pk)
        post.likes_count = post.comments_count = 0
        return _created(post)


class PostDetail(Resource):
    parser_classes = PARSERS
    throttle_classes = THROTTLES

    @extend_schema(operation_id="post_read", responses=PostSerializer, parameters=[ETAG])
    def get(self, request: Request, pk: int) -> Response:
        """One post."""
        return _shown(get_object_or_404(_shown_posts(), pk=pk))

    @extend_schema(
        operation_id="post_replace",
        request=BODIES,
        responses=PostSerializer,
        parameters=[ETAG, IF_MATCH],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Replace the texts and the image of a post: your own, or any with the permission."""
        return self._edit(request, pk, partial=False)

    @extend_schema(
        operation_id="post_edit",
        request=BODIES,
        responses=PostSerializer,
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the fields that are sent of a post: your own, or any with the permission."""
        return self._edit(request, pk, partial=True)

    @extend_schema(operation_id="post_delete", responses={204: NOTHING}, parameters=[IF_MATCH])
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a post: your own, or any with the permission."""
        user = current_user(request)
        with transaction.atomic():
            post = _locked_post(user, pk, powers.DELETE_POST)
            versions.check(post, versions.if_match(request))
            audit.delete_and_log(post, by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _edit(self, request: Request, pk: int, *, partial: bool) -> Response:
        user = current_user(request)
        # The request is read and its image prepared before a row is locked.
        if _is_form(request) and "image" in request.data:
            _may_touch(user, get_object_or_404(_shown_posts(), pk=pk), powers.CHANGE_POST)
        upload = _upload(request)
        with transaction.atomic():
            post = _locked_post(user, pk, powers.CHANGE_POST)
            urls = [image.url for image in images_of(post)]
            context = {"image_url": next(iter(urls), ""), "images": urls}
            values = {} if partial else {**NO_TEXTS, "content": "", "image_url": ""}
            values |= valid(
                PostInput,
                request,
                partial=partial,
                context=context,
                body=_body(request),
                read_only=_READ_ONLY,
            )
            freed = freed_bytes(post, _images_after(post, values, upload))
            values = _with_images(post, values, upload, request)
            versions.check(post, versions.if_match(request), values)
            check_quota(post.author_id, upload.get("image", []), replaced_bytes=freed)
            audit.edit_and_log(post, values, by=user)
        return _shown(post)


def _shown(post: Post, **options: Any) -> Response:
    shown = post_json(post)
    headers = {"ETag": versions.etag(shown), **options.pop("headers", {})}
    return Response(shown, headers=headers, **options)


def _created(post: Post, **headers: str) -> Response:
    headers["Location"] = reverse("api-post", args=[post.pk])
    return _shown(post, status=status.HTTP_201_CREATED, headers=headers)


def _replayed(pk: int) -> Response:
    """Return the answer to a request that was done before: the post as it is now.

    Raises:
        DeletedSinceError: it was deleted since.
    """
    post = _shown_posts().filter(pk=pk).first()
    if post is None:
        raise DeletedSinceError
    return _created(post, **idempotency.REPLAYED)


def _shown_posts() -> PostQuerySet:
    return Post.objects.visible().with_counts().select_related("author")


def _locked_post(user: User, pk: int, permission: str) -> Post:
    """Return the post, locked until the transaction ends, so that no other request changes it."""
    post = get_object_or_404(_shown_posts().select_for_update(of=("self",)), pk=pk)
    return _may_touch(user, post, permission)


def _may_touch(user: User, post: Post, permission: str) -> Post:
    if not powers.may_touch(user, post, permission):
        raise PermissionDenied
    return post


def _is_form(request: Request) -> bool:
    return bool(request.content_type and request.content_type.startswith("multipart/"))


def _body(request: Request) -> type[PostInput]:
    return PostUpload if _is_form(request) else PostInput


def _upload(request: Request) -> dict[str, Any]:
    """Return the images of the request, prepared to be stored, and their texts. JSON has none."""
    if not _is_form(request):
        return {}
    form: Any = request.data
    still = str(form.get("still", "")).lower() in {"true", "1", "on"}
    return valid(ImageInput, request, context={"still": still}, body=PostUpload)


def _with_images(
    post: Post, values: dict[str, Any], upload: dict[str, Any], request: Request
) -> dict[str, Any]:
    """Return the values of the columns that the request changes, those of the images included.

    Raises:
        ValidationError: there would be too many images, or neither a text nor an image.
    """
    images = _images_after(post, values, upload)
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


def _images_after(post: Post, values: dict[str, Any], upload: dict[str, Any]) -> list[PostImage]:
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
