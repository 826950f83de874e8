"""The write side: who writes, what they write, and who likes it.

Rules that matter are constraints of the database too, so that no path around a form breaks them.
Every write announces itself (see `posts.signals`), bulk writes included; raw SQL does not.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser, UserManager
from django.core.validators import URLValidator
from django.db import models
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils import timezone

from posts.signals import AUTHOR_FIELDS, announce_counts, announce_posts

POST_MAX_LENGTH = 5_000
COMMENT_MAX_LENGTH = 2_000
IMAGE_URL_MAX_LENGTH = 500

models.TextField.register_lookup(Length)


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count and AUTHOR_FIELDS & values.keys():
            announce_posts("authors updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        created = super().bulk_create(objs, *args, **kwargs)
        if kwargs.get("update_conflicts"):  # otherwise they are new, and have written nothing
            announce_posts("authors updated", using=self.db)
        return created


class AnnouncingUserManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc] # made at run time
    """Django's manager of users over a queryset that announces."""


class User(AbstractUser):
    """An account. Deactivated, it can't sign in, and what it wrote is not shown."""

    display_name = models.CharField(max_length=80, blank=True)

    objects = AnnouncingUserManager()  # type: ignore[misc] # a class attribute, for Django

    def get_absolute_url(self) -> str:
        return reverse("author", args=[self.username])

    @property
    def shown_name(self) -> str:
        """What posts show: the display name, else the full name, else the username."""
        return self.display_name or self.get_full_name() or self.username


class PostQuerySet(models.QuerySet["Post"]):
    def visible(self) -> Self:
        """Posts that everybody may see: those of active authors."""
        return self.filter(author__is_active=True)

    def newest_first(self) -> Self:
        """The one order of the feed: a total one, so that a keyset walk skips and repeats none."""
        return self.order_by("-created_at", "-id")

    def with_counts(self) -> Self:
        """Annotate `likes_count` and `comments_count`, in the same query (one snapshot for all)."""
        return self.annotate(
            likes_count=_count(Like.objects.all()),
            comments_count=_count(Comment.objects.visible()),
        )

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Posts that `user` may edit and delete: their own; all of them for staff."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff else self.filter(author=user)

    def update(self, **values: Any) -> int:
        if {"content", "image_url"} & values.keys():
            values.setdefault("updated_at", timezone.now())
        count = super().update(**values)
        if count:
            announce_posts("posts updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["Post"], *args: Any, **kwargs: Any) -> list["Post"]:
        posts = list(objs)
        for post in posts:
            if post.updated_at is None:
                post.updated_at = post.created_at
        created = super().bulk_create(posts, *args, **kwargs)
        if created:
            announce_posts("posts created", using=self.db)
        return created


class Post(models.Model):
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    content = models.TextField(max_length=POST_MAX_LENGTH)
    image_url = models.URLField(
        max_length=IMAGE_URL_MAX_LENGTH,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="An https address; shown below the text.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(editable=False)
    external_id = models.CharField(  # noqa: DJ001 -- unique, and most posts have none
        max_length=200,
        null=True,
        unique=True,
        editable=False,
        help_text="Where it was imported from; importing it again adds nothing.",
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        # Related managers write through it, past the default one: bob.posts.add(post).
        base_manager_name = "objects"
        # Both are what a keyset walk seeks on: of the whole feed, and of one author's posts.
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="post_newest_first"),
            models.Index(fields=["author", "-created_at", "-id"], name="post_author_newest_first"),
        )
        constraints = (
            models.CheckConstraint(
                name="post_content_length",
                condition=models.Q(content__length__gte=1, content__length__lte=POST_MAX_LENGTH),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.content[:50]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.updated_at = self.created_at if self._state.adding else timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "updated_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.pk])

    @property
    def edited(self) -> bool:
        return self.updated_at > self.created_at


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible(self) -> Self:
        """Comments that everybody may see: those of active authors."""
        return self.filter(author__is_active=True)

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Comments that `user` may delete: their own; all of them for staff."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff else self.filter(author=user)

    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count:
            announce_counts("comments updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["Comment"], *args: Any, **kwargs: Any) -> list["Comment"]:
        created = super().bulk_create(objs, *args, **kwargs)
        if created:
            announce_counts("comments created", using=self.db)
        return created


class Comment(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="comments")
    content = models.TextField(max_length=COMMENT_MAX_LENGTH)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = (models.Index(fields=["post", "created_at", "id"], name="comment_oldest_first"),)
        constraints = (
            models.CheckConstraint(
                name="comment_content_length",
                condition=models.Q(content__length__gte=1, content__length__lte=COMMENT_MAX_LENGTH),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.content[:50]}"


class LikeQuerySet(models.QuerySet["Like"]):
    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count:
            announce_counts("likes updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["Like"], *args: Any, **kwargs: Any) -> list["Like"]:
        created = super().bulk_create(objs, *args, **kwargs)
        if created:
            announce_counts("likes created", using=self.db)
        return created


class Like(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LikeQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        # Post first: the same index counts a post's likes.
        constraints = (
            models.UniqueConstraint(fields=["post", "user"], name="like_once_per_post_and_user"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    """Count `rows` of the outer post in a subquery: joins of two relations would multiply."""
    counted = (
        rows.filter(post=models.OuterRef("pk"))
        .order_by()
        .values("post")
        .annotate(n=models.Count("pk"))
        .values("n")
    )
    return Coalesce(models.Subquery(counted), 0)
