"""Posts."""

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from posts import audit, idempotency, powers, versions
from posts.api.image_parts import images_after, is_form, upload_of, with_images
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
from posts.inputs import PostInput, PostUpload
from posts.models import (
    NO_TEXTS,
    POST_TEXTS,
    Post,
    PostQuerySet,
    User,
)
from posts.parsers import JSONParser
from posts.post_images import freed_bytes, images_of
from posts.quota import check_quota
from posts.serializers import PostJSON, PostSerializer, post_json
from posts.throttles import UploadThrottle, WriteThrottle

# JSON, or a form where an image comes along.
PARSERS = (JSONParser, MultiPartParser)
THROTTLES = (WriteThrottle, UploadThrottle)
# Fields that GET shows and that no request can change.
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
        upload = upload_of(request)
        values = with_images(Post(), values, upload, request)

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
        if is_form(request) and "image" in request.data:
            _may_touch(user, get_object_or_404(_shown_posts(), pk=pk), powers.CHANGE_POST)
        upload = upload_of(request)
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
            freed = freed_bytes(post, images_after(post, values, upload))
            values = with_images(post, values, upload, request)
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


def _body(request: Request) -> type[PostInput]:
    return PostUpload if is_form(request) else PostInput
