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

from posts import audit, powers
from posts.api.resource import LOCATION, NOTHING, Resource, caller, valid
from posts.models import Like, Post, PostQuerySet, User
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
        """Replace the text and the image of a post: one's own, or any with the permission."""
        return self._edit(request, pk, partial=False)

    @extend_schema(operation_id="post_edit", request=PostInput, responses=PostSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named of a post: one's own, or any with the permission."""
        return self._edit(request, pk, partial=True)

    @extend_schema(operation_id="post_delete", responses={204: NOTHING})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a post: one's own, or any with the permission."""
        user = caller(request)
        with transaction.atomic():
            audit.delete_written(_locked_post(user, pk, powers.DELETE_POST), by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _edit(self, request: Request, pk: int, *, partial: bool) -> Response:
        _ = request.data  # all of it has arrived before anything is locked
        user = caller(request)
        with transaction.atomic():
            post = _locked_post(user, pk, powers.CHANGE_POST)
            context = {"image_url": post.shown_image_url}
            values = {} if partial else {"image_url": "", "image_alt": ""}
            values |= valid(PostInput, request, partial=partial, context=context)
            post.edit(_with_image(post, values), by=user)
        return Response(post_json(post))


class PostLike(Resource):
    permission_classes = (IsAuthenticated,)

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


def _locked_post(user: User, pk: int, permission: str) -> Post:
    """The post, locked until the transaction ends: nobody deletes or edits it meanwhile."""
    post = get_object_or_404(_shown_posts().select_for_update(of=("self",)), pk=pk)
    if not powers.may_touch(user, post, permission):
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
