"""Factories of rows for tests."""

from typing import Any

import factory
from django.contrib.auth.models import Permission
from factory.django import DjangoModelFactory

from posts.models import Comment, CommentLike, Like, Post, User


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password("correct horse battery")


def permitted(*permissions: str, **values: Any) -> User:
    """Create a user with these permissions of the app `posts`, such as `delete_post`."""
    user: User = UserFactory.create(**values)
    found = Permission.objects.filter(content_type__app_label="posts", codename__in=permissions)
    assert len(found) == len(permissions)
    user.user_permissions.set(found)
    return user


class PostFactory(DjangoModelFactory[Post]):
    class Meta:
        model = Post

    author: Any = factory.SubFactory(UserFactory)
    content = factory.Sequence(lambda n: f"This is post number {n}.")


class CommentFactory(DjangoModelFactory[Comment]):
    class Meta:
        model = Comment

    post: Any = factory.SubFactory(PostFactory)
    author: Any = factory.SubFactory(UserFactory)
    content = factory.Sequence(lambda n: f"This is comment number {n}.")


class CommentLikeFactory(DjangoModelFactory[CommentLike]):
    class Meta:
        model = CommentLike

    comment: Any = factory.SubFactory(CommentFactory)
    user: Any = factory.SubFactory(UserFactory)


class LikeFactory(DjangoModelFactory[Like]):
    class Meta:
        model = Like

    post: Any = factory.SubFactory(PostFactory)
    user: Any = factory.SubFactory(UserFactory)
