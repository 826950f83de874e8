"""Posts, likes and comments written as the manuals of DRF and knox show, without a cache."""

from typing import Any

from django.shortcuts import get_object_or_404
from knox.auth import TokenAuthentication
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from posts.models import Comment, Like, Post, User


class AuthorSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username", "display_name")


class PostSerializer(serializers.ModelSerializer[Post]):
    user = AuthorSerializer(source="author", read_only=True)

    class Meta:
        model = Post
        fields = (
            "id", "content", "user", "author_id", "image_url", "image_alt", "image_width",
            "image_height", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("author_id", "created_at", "updated_at", "image_width", "image_height")


class CommentSerializer(serializers.ModelSerializer[Comment]):
    user = AuthorSerializer(source="author", read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "post_id", "content", "user", "author_id", "reply_to", "created_at")
        read_only_fields = ("post_id", "author_id", "created_at")


class Posts(generics.CreateAPIView[Post]):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    queryset = Post.objects.all()
    serializer_class = PostSerializer

    def perform_create(self, serializer: serializers.BaseSerializer[Post]) -> None:
        serializer.save(author=self.request.user)


class CommentsOnPost(generics.CreateAPIView[Comment]):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    queryset = Comment.objects.all()
    serializer_class = CommentSerializer

    def perform_create(self, serializer: serializers.BaseSerializer[Comment]) -> None:
        post = get_object_or_404(Post, pk=self.kwargs["pk"])
        serializer.save(author=self.request.user, post=post)


class LikeOfPost(APIView):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)

    def put(self, request: Request, pk: int) -> Response:
        post = get_object_or_404(Post, pk=pk)
        values: dict[str, Any] = {"post": post, "user": request.user}
        Like.objects.get_or_create(**values)
        return Response({"liked": True, "likes_count": post.likes.count()})

    def delete(self, request: Request, pk: int) -> Response:
        post = get_object_or_404(Post, pk=pk)
        Like.objects.filter(post=post, user=request.user).delete()
        return Response({"liked": False, "likes_count": post.likes.count()})
