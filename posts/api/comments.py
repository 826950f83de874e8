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

from posts import audit, idempotency, powers, versions
from posts.api.resource import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    LOCATION,
    NOTHING,
    REPLAYED,
    Resource,
    link_header,
    valid,
)
from posts.current_user import current_user
from posts.errors import DeletedSinceError
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
        following = CommentCursorField.after(found[limit - 1]) if more else None
        return Response(
            {
                "comments": [comment_json(comment) for comment in found[:limit]],
                "next": following,
            },
            headers=link_header(request, limit=limit, following=following),
        )

    @extend_schema(
        operation_id="comment_create",
        request=CommentInput,
        responses={201: CommentSerializer},
        parameters=[LOCATION, ETAG, IDEMPOTENCY_KEY, REPLAYED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Comment on a post."""
        if (post := visible_post(pk)) is None:
            raise Http404
        sent = idempotency.of_request(request, f"comment on {pk}")
        if (earlier := idempotency.find(sent)) is not None:
            return _replayed(earlier)
        values = valid(CommentInput, request, context={"post": post})
        author = current_user(request)

        def make() -> Comment:
            return Comment.objects.create(post_id=pk, author=author, **values)

        try:
            with transaction.atomic():
                made, comment = idempotency.once(sent, make)
        except IntegrityError as error:
            raise Http404 from error  # the post was deleted meanwhile
        return _replayed(made) if comment is None else _created(comment)


class CommentDetail(Resource):
    @extend_schema(operation_id="comment_delete", responses={204: NOTHING}, parameters=[IF_MATCH])
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a comment: your own, or any with the permission."""
        comments = Comment.objects.on_visible_posts()
        comment = get_object_or_404(comments, pk=pk)
        user = current_user(request)
        if not powers.may_touch(user, comment, powers.DELETE_COMMENT):
            raise PermissionDenied
        versions.check(comment, versions.if_match(request))
        audit.delete_and_log(comment, by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _created(comment: Comment, **headers: str) -> Response:
    shown = comment_json(comment)
    headers["Location"] = reverse("api-comment", args=[comment.pk])
    headers["ETag"] = versions.etag(shown)
    return Response(shown, status=status.HTTP_201_CREATED, headers=headers)


def _replayed(pk: int) -> Response:
    """Return the answer to a request that was done before.

    Raises:
        DeletedSinceError: the comment was deleted since.
    """
    comment = Comment.objects.select_related("author").filter(pk=pk).first()
    if comment is None:
        raise DeletedSinceError
    return _created(comment, **idempotency.REPLAYED)
