"""The API's write side, and single posts and comments as the database has them now."""

from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from posts import tokens
from posts.models import Comment, Like, Post, PostQuerySet, User
from posts.serializers import (
    CommentCursorField,
    CommentInput,
    CommentPageQuery,
    CommentPageSerializer,
    CommentSerializer,
    Credentials,
    LikeSerializer,
    PostInput,
    PostSerializer,
    TokenSerializer,
    comment_json,
    post_json,
)
from posts.throttles import SignInThrottle

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)
NOTHING = OpenApiResponse(description="Done; there is nothing to say.")


class _API(APIView):
    """Every answer here is of the moment: kept anywhere, it must be asked about before it is used.

    What a signed-in reader gets is nobody else's.
    """

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        private = (
            request.method not in SAFE_METHODS
            or "Authorization" in request.headers
            or settings.SESSION_COOKIE_NAME in request.COOKIES
        )
        response.headers.setdefault("Cache-Control", "private, no-cache" if private else "no-cache")
        return response


class PostList(_API):
    @extend_schema(
        operation_id="post_create",
        request=PostInput,
        responses={201: PostSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Write a post."""
        post = Post.objects.create(author=_user(request), **_valid(PostInput, request))
        return Response(
            post_json(get_object_or_404(_shown_posts(), pk=post.pk)),
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api-post", args=[post.pk])},
        )


class PostDetail(_API):
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
            values = {"image_url": post.image_url if partial else ""}
            values |= _valid(PostInput, request, partial=partial)
            changed = {name for name, value in values.items() if getattr(post, name) != value}
            for name in changed:
                setattr(post, name, values[name])
            # What is the same as before is no edit, and nobody is told of one.
            if changed:
                post.save(update_fields=changed)
        return Response(post_json(post))


class PostLike(_API):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="like_set", request=None, responses=LikeSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Like a post. Asked again, nothing changes."""
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        try:
            Like.objects.get_or_create(post=post, user=_user(request))
        except IntegrityError as error:
            raise Http404 from error  # deleted since we looked
        return self._answer(post, liked=True)

    @extend_schema(operation_id="like_unset", responses={200: LikeSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Take one's like back. Asked again, nothing changes."""
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        Like.objects.filter(post=post, user=_user(request)).delete()
        return self._answer(post, liked=False)

    @staticmethod
    def _answer(post: Post, *, liked: bool) -> Response:
        return Response({"liked": liked, "likes_count": post.likes.count()})


class CommentList(_API):
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
            created_at, after = query.validated_data["cursor"]
            later = Q(created_at__gt=created_at) | Q(id__gt=after)
            comments = comments.filter(later, created_at__gte=created_at)
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
        post = get_object_or_404(Post.objects.visible(), pk=pk)
        values = _valid(CommentInput, request)
        try:
            comment = post.comments.create(author=_user(request), **values)
        except IntegrityError as error:
            raise Http404 from error  # deleted since we looked
        return Response(
            comment_json(comment),
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("api-comment", args=[comment.pk])},
        )


class CommentDetail(_API):
    @extend_schema(operation_id="comment_delete", responses={204: NOTHING})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a comment of one's own; staff: any."""
        comments = Comment.objects.visible().filter(post__author__is_active=True)
        comment = get_object_or_404(comments, pk=pk)
        if not Comment.objects.editable_by(_user(request)).filter(pk=pk).exists():
            raise PermissionDenied
        comment.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Token(_API):
    authentication_classes = (tokens.BearerAuthentication,)
    throttle_classes = (SignInThrottle,)

    def perform_authentication(self, request: Request) -> None:
        # Whoever asks for a token may hold one that has ended, and sends it along.
        if request.method != "POST":
            super().perform_authentication(request)

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated() if self.request.method == "DELETE" else AllowAny()]

    @extend_schema(
        operation_id="token_create", request=Credentials, responses=TokenSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A token for a username (or e-mail address) and a password; 401 if they are wrong."""
        user = tokens.sign_in(request, **_valid(Credentials, request))
        return Response({"token": tokens.issue(user)}, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="token_revoke", responses={204: NOTHING})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request carries."""
        request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    return cast("User", request.user)  # who may get here is signed in


def _valid(form: type[Any], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The content of the request; `ValidationError` names what is wrong with it, and where."""
    serializer = form(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _shown_posts() -> PostQuerySet:
    return Post.objects.visible().with_counts().select_related("author")


def _editable_post(request: Request, pk: int) -> Post:
    """The post, locked until the transaction ends: nobody deletes or edits it meanwhile."""
    post = get_object_or_404(_shown_posts().select_for_update(of=("self",)), pk=pk)
    if not Post.objects.editable_by(_user(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return post
