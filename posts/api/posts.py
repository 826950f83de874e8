"""Posts and likes."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from posts.api.resource import LOCATION, NOTHING, Resource, caller, valid
from posts.confirmation import MayWrite
from posts.models import Like, Post, PostQuerySet
from posts.serializers import LikeSerializer, PostInput, PostSerializer, post_json


class PostList(Resource):
    @extend_schema(
        operation_id="post_create",
        request=PostInput,
        responses={201: PostSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Write a post."""
        values = valid(PostInput, request)
        if not values.get("image_url"):
            values["image_alt"] = ""
        post = Post.objects.create(author=caller(request), **values)
        return Response(
            post_json(get_object_or_404(_shown_posts(), pk=post.pk)),
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api-post", args=[post.pk])},
        )


class PostDetail(Resource):
    @extend_schema(operation_id="post_read", responses=PostSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One post."""
        return Response(post_json(get_object_or_404(_shown_posts(), pk=pk)))

    @extend_schema(operation_id="post_replace", request=PostInput, responses=PostSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Replace the text and the image of a post of one's own; staff: of any."""
        return self._edit(request, pk, partial=False)

    @extend_schema(operation_id="post_edit", request=PostInput, responses=PostSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named of a post of one's own; staff: of any."""
        return self._edit(request, pk, partial=True)

    @extend_schema(operation_id="post_delete", responses={204: NOTHING})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a post of one's own; staff: any."""
        with transaction.atomic():
            _editable_post(request, pk).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _edit(self, request: Request, pk: int, *, partial: bool) -> Response:
        _ = request.data  # all of it has arrived before anything is locked
        with transaction.atomic():
            post = _editable_post(request, pk)
            context = {"image_url": post.shown_image_url}
            values = {} if partial else {"image_url": "", "image_alt": ""}
            values |= valid(PostInput, request, partial=partial, context=context)
            values = _with_image(post, values)
            changed = {name for name, value in values.items() if getattr(post, name) != value}
            for name in changed:
                setattr(post, name, values[name])
            # What is the same as before is no edit, and nobody is told of one.
            if changed:
                post.save(update_fields=changed)
        return Response(post_json(post))


class PostLike(Resource):
    permission_classes = (IsAuthenticated, MayWrite)

    @extend_schema(operation_id="like_set", request=None, responses=LikeSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Like a post. Asked again, nothing changes."""
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        try:
            Like.objects.get_or_create(post=post, user=caller(request))
        except IntegrityError as error:
            raise Http404 from error  # deleted since we looked
        return self._answer(post, liked=True)

    @extend_schema(operation_id="like_unset", responses={200: LikeSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Take one's like back. Asked again, nothing changes."""
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        Like.objects.filter(post=post, user=caller(request)).delete()
        return self._answer(post, liked=False)

    @staticmethod
    def _answer(post: Post, *, liked: bool) -> Response:
        return Response({"liked": liked, "likes_count": post.likes.count()})


def _shown_posts() -> PostQuerySet:
    return Post.objects.visible().with_counts().select_related("author")


def _editable_post(request: Request, pk: int) -> Post:
    """The post, locked until the transaction ends: nobody deletes or edits it meanwhile."""
    post = get_object_or_404(_shown_posts().select_for_update(of=("self",)), pk=pk)
    if not Post.objects.editable_by(caller(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return post


def _with_image(post: Post, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with what follows from another image, or none, for what is known of the old."""
    if values.get("image_url", post.shown_image_url) == post.shown_image_url:
        values.pop("image_url", None)
    else:
        values = {"image_alt": "", **values}
        values |= {"image": "", "image_width": None, "image_height": None}
    if not values.get("image_url", post.shown_image_url):
        values["image_alt"] = ""
    return values
