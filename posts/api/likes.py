"""Likes of posts and comments in the API."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from posts.api.resource import Resource
from posts.confirmation import MayWrite
from posts.current_user import current_user
from posts.lookups import Likes, likes_of_comment, likes_of_post
from posts.models import CommentLike, Like, User
from posts.serializers import LikeSerializer


class LikeResource(Resource):
    """The like of the signed-in user of one post or comment, whose id is in the path.

    `model` has the likes, and its field `relation` names what is liked. `find` finds them.
    """

    permission_classes = (IsAuthenticated, MayWrite)
    model: ClassVar[type[models.Model]]
    relation: ClassVar[str]
    find: ClassVar[Callable[..., Likes | None]]

    def set_like(self, request: Request, pk: int) -> Response:
        user = current_user(request)
        likes = self._likes_or_404(pk, user)
        if likes.like_id is None:
            try:
                with transaction.atomic():
                    self._like(pk, user).save(force_insert=True)
            except IntegrityError as error:
                # Another request of this user was faster, or it was deleted meanwhile.
                likes = self._likes_or_404(pk, user)
                if likes.like_id is None:
                    raise Http404 from error
            else:
                likes = likes._replace(likes_count=likes.likes_count + 1)
        return Response({"liked": True, "likes_count": likes.likes_count})

    def unset_like(self, request: Request, pk: int) -> Response:
        user = current_user(request)
        count, like_id = self._likes_or_404(pk, user)
        if like_id is not None:
            self._like(pk, user, like_id).delete()  # opens a transaction by itself
            count -= 1
        return Response({"liked": False, "likes_count": count})

    def _like(self, pk: int, user: User, like_id: int | None = None) -> models.Model:
        values: dict[str, Any] = {f"{self.relation}_id": pk, "user": user}
        return self.model(pk=like_id, **values)

    def _likes_or_404(self, pk: int, user: User) -> Likes:
        if (likes := type(self).find(pk, user_id=user.pk)) is None:
            raise Http404
        return likes


class LikeOfPost(LikeResource):
    model = Like
    relation = "post"
    find = likes_of_post

    @extend_schema(operation_id="like_set", request=None, responses=LikeSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Like a post. Repeating it changes nothing."""
        return self.set_like(request, pk)

    @extend_schema(operation_id="like_unset", responses={200: LikeSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Take your like back. Repeating it changes nothing."""
        return self.unset_like(request, pk)


class LikeOfComment(LikeResource):
    model = CommentLike
    relation = "comment"
    find = likes_of_comment

    @extend_schema(operation_id="comment_like_set", request=None, responses=LikeSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Like a comment. Repeating it changes nothing."""
        return self.set_like(request, pk)

    @extend_schema(operation_id="comment_like_unset", responses={200: LikeSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """Take your like back. Repeating it changes nothing."""
        return self.unset_like(request, pk)
