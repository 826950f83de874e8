"""What people write, and everybody reads."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import URLValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from freshcache.django.querysets import AnnouncingQuerySet
from posts import powers
from posts.images import Picture
from posts.models.comments import Comment
from posts.models.likes import Like
from posts.models.users import User
from posts.signals import announce_posts

POST_MAX_LENGTH = 5_000
IMAGE_URL_MAX_LENGTH = 500
IMAGE_ALT_MAX_LENGTH = 1_000

# The fields of a post without an image.
NO_IMAGE: dict[str, Any] = {
    "image": "",
    "image_url": "",
    "image_alt": "",
    "image_width": None,
    "image_height": None,
    "image_bytes": 0,
}
# Changing one of these is an edit, which the post shows.
EDITED_BY = frozenset({"content", "image", "image_url", "image_alt"})


def image_values(image: Picture) -> dict[str, Any]:
    """The fields of a post with this image, but for the words that describe it."""
    return {
        "image": image,
        "image_url": "",
        "image_width": image.width,
        "image_height": image.height,
        "image_bytes": image.size,
    }


class PostQuerySet(AnnouncingQuerySet["Post"]):
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
        """Posts that `user` may edit: their own; all of them with the power to."""
        return powers.within_reach(self, user, powers.CHANGE_POST)

    def deletable_by(self, user: User | AnonymousUser) -> Self:
        """Posts that `user` may delete: their own; all of them with the power to."""
        return powers.within_reach(self, user, powers.DELETE_POST)

    def announce(self, cause: str) -> None:
        announce_posts(cause, using=self.db)

    def update(self, **values: Any) -> int:
        if EDITED_BY & values.keys():
            values.setdefault("updated_at", timezone.now())
        return super().update(**values)

    def bulk_create(self, objs: Iterable["Post"], *args: Any, **kwargs: Any) -> list["Post"]:
        posts = list(objs)
        for post in posts:
            if post.updated_at is None:
                post.updated_at = post.created_at
        return super().bulk_create(posts, *args, **kwargs)


class Post(models.Model):
    # What the audit log keeps of one that is deleted.
    AUDITED: ClassVar = ("author_id", "content", "image_url", "image", "image_alt")

    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    content = models.TextField(max_length=POST_MAX_LENGTH)
    image_url = models.URLField(
        max_length=IMAGE_URL_MAX_LENGTH,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="An https address; shown below the text.",
    )
    # Shown instead of `image_url`. Not an ImageField: that opens the file of every row it loads.
    # With defaults of the database, for the rows that other programs write.
    image = models.FileField(upload_to="posts", blank=True, default="", db_default="")
    image_alt = models.CharField(
        max_length=IMAGE_ALT_MAX_LENGTH, blank=True, default="", db_default=""
    )
    # So that a page has the room for it before it arrives.
    image_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # Of the stored file, for the account's quota; 0 for files of releases that did not count.
    image_bytes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
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

    def edit(self, values: dict[str, Any], *, by: User) -> None:
        """Save what differs of these values; what is the same is no edit, and nobody is told of
        one. A power that `by` uses for it is logged: call it in a transaction."""
        from posts import audit

        changed = {name: new for name, new in values.items() if getattr(self, name) != new}
        if not changed:
            return
        if self.author_id != by.pk:
            audit.edited_written(self, changed, by=by)
        for name, value in changed.items():
            setattr(self, name, value)
        self.save(update_fields=changed)

    @property
    def edited(self) -> bool:
        return self.updated_at > self.created_at

    @property
    def shown_image_url(self) -> str:
        """Where its image is: of an uploaded one relative to this site; empty without one."""
        return self.image.url if self.image else self.image_url


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
