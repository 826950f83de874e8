"""Comments and replies in the API."""

from typing import Any

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
from posts.inputs import CommentCursorField, CommentInput, CommentPageQuery, CommentTextInput
from posts.lookups import visible_post
from posts.models import Comment, CommentQuerySet, Post, User
from posts.serializers import CommentJSON, CommentPageSerializer, CommentSerializer, comment_json

# What GET shows and an edit does not set.
_READ_ONLY = CommentJSON.__annotations__.keys() - {"content"}


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
        comments = _shown_comments().filter(post=post).order_by("created_at", "id")
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
        if comment is None:
            return _replayed(made)
        comment.likes_count = 0
        return _created(comment)


class CommentDetail(Resource):
    @extend_schema(operation_id="comment_read", responses=CommentSerializer, parameters=[ETAG])
    def get(self, request: Request, pk: int) -> Response:
        """One comment."""
        return _shown(get_object_or_404(_shown_comments(), pk=pk))

    @extend_schema(
        operation_id="comment_replace",
        request=CommentTextInput,
        responses=CommentSerializer,
        parameters=[ETAG, IF_MATCH],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Replace the text of your comment."""
        return self._edit(request, pk, partial=False)

    @extend_schema(
        operation_id="comment_edit",
        request=CommentTextInput,
        responses=CommentSerializer,
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change your comment. What it replies to stays."""
        return self._edit(request, pk, partial=True)

    @extend_schema(operation_id="comment_delete", responses={204: NOTHING}, parameters=[IF_MATCH])
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a comment: your own, or any with the permission."""
        user = current_user(request)
        with transaction.atomic():
            comment = _locked_comment(pk)
            if not powers.may_touch(user, comment, powers.DELETE_COMMENT):
                raise PermissionDenied
            versions.check(comment, versions.if_match(request))
            audit.delete_and_log(comment, by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _edit(self, request: Request, pk: int, *, partial: bool) -> Response:
        user = current_user(request)
        with transaction.atomic():
            comment = _locked_comment(pk)
            _must_be_author(user, comment)
            values = valid(CommentTextInput, request, partial=partial, read_only=_READ_ONLY)
            versions.check(comment, versions.if_match(request), values)
            comment.edit(values.get("content", comment.content))
        return _shown(comment)


def _shown_comments() -> CommentQuerySet:
    return Comment.objects.on_visible_posts().with_counts().select_related("author")


def _locked_comment(pk: int) -> Comment:
    """Return the comment, locked until the transaction ends, so that no other request edits it."""
    return get_object_or_404(_shown_comments().select_for_update(of=("self",)), pk=pk)


def _must_be_author(user: User, comment: Comment) -> None:
    """Moderators can delete what others wrote, and not put other words in their mouth.

    Raises:
        PermissionDenied: the comment is of another author.
    """
    if comment.author_id != user.pk:
        raise PermissionDenied


def _shown(comment: Comment, **options: Any) -> Response:
    shown = comment_json(comment)
    headers = {"ETag": versions.etag(shown), **options.pop("headers", {})}
    return Response(shown, headers=headers, **options)


def _created(comment: Comment, **headers: str) -> Response:
    headers["Location"] = reverse("api-comment", args=[comment.pk])
    return _shown(comment, status=status.HTTP_201_CREATED, headers=headers)


def _replayed(pk: int) -> Response:
    """Return the answer to a request that was done before.

    Raises:
        DeletedSinceError: the comment was deleted since.
    """
    comment = _shown_comments().filter(pk=pk).first()
    if comment is None:
        raise DeletedSinceError
    return _created(comment, **idempotency.REPLAYED)
