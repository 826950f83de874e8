"""Comments and replies in the API."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from posts import audit, powers
from posts.api.resource import LOCATION, NOTHING, Resource, valid
from posts.current_user import current_user
from posts.inputs import CommentCursorField, CommentInput, CommentPageQuery
from posts.lookups import visible_post
from posts.models import Comment, Post
from posts.serializers import CommentPageSerializer, CommentSerializer, comment_json


class CommentList(Resource):
    @extend_schema(
        operation_id="comment_list", parameters=[CommentPageQuery], responses=CommentPageSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        """A post's comments, oldest first."""
        query = CommentPageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        limit = query.validated_data["limit"]
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        comments = post.comments.visible().select_related("author").order_by("created_at", "id")
        if "cursor" in query.validated_data:
            after = query.validated_data["cursor"]
            later = Q(created_at__gt=after.created_at) | Q(id__gt=after.id)
            comments = comments.filter(later, created_at__gte=after.created_at)
        found = list(comments[: limit + 1])
        more = len(found) > limit
        return Response(
            {
                "comments": [comment_json(comment) for comment in found[:limit]],
                "next": CommentCursorField.after(found[limit - 1]) if more else None,
            }
        )

    @extend_schema(
        operation_id="comment_create",
        request=CommentInput,
        responses={201: CommentSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Comment on a post."""
        if (post := visible_post(pk)) is None:
            raise Http404
        values = valid(CommentInput, request, context={"post": post})
        try:
            with transaction.atomic():
                comment = Comment.objects.create(post_id=pk, author=current_user(request), **values)
        except IntegrityError as error:
            raise Http404 from error  # the post was deleted meanwhile
        return Response(
            comment_json(comment),
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api-comment", args=[comment.pk])},
        )


class CommentDetail(Resource):
    @extend_schema(operation_id="comment_delete", responses={204: NOTHING})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a comment: your own, or any with the permission."""
        comments = Comment.objects.on_visible_posts()
        comment = get_object_or_404(comments, pk=pk)
        user = current_user(request)
        if not powers.may_touch(user, comment, powers.DELETE_COMMENT):
            raise PermissionDenied
        audit.delete_and_log(comment, by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)
