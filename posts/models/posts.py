"""Posts: the texts that authors write, columns, querysets, and the definition of an edit."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import URLValidator
from django.db import models, router
from django.utils import timezone

from posts import powers
from posts.compiled_insert import CompiledInserts
from posts.links import post_path
from posts.models.comments import Comment
from posts.models.counts import count_of
from posts.models.likes import Like
from posts.models.users import User
from posts.post_images import (
    HAS_IMAGE,
    MoreImagesField,
    delete_new_files_after_a_failure,
    image_columns,
    shown_text,
    valid_further_images,
)
from posts.signals import announce_posts

POST_MAX_LENGTH = 5_000
CONTENT_WARNING_MAX_LENGTH = 120
IMAGE_URL_MAX_LENGTH = 500
IMAGE_ALT_MAX_LENGTH = 1_000
EXTERNAL_ID_MAX_LENGTH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class PostText:
    """A text of a post that its author writes, in the column of the same name."""

    max_length: int  # in characters, a line break being one
    required: bool = False  # else it may be empty
    one_line: bool = False  # else it may have line breaks
    or_image: bool = False  # it may be empty in a post with an image, though it is required
    describes_image: bool = False  # shown with the image, and emptied when the image is removed
    help_text: str = ""  # for clients, in the description of the API
    # The name of the field in files of `import_posts`, or the reason why such files have none.
    import_name: str = ""
    not_imported: str = ""


# What follows from this table, and how to add a text: CONTRIBUTING.md.
POST_TEXTS: Mapping[str, PostText] = {
    "content": PostText(
        max_length=POST_MAX_LENGTH, required=True, or_image=True, import_name="text"
    ),
    "content_warning": PostText(
        max_length=CONTENT_WARNING_MAX_LENGTH,
        one_line=True,
        help_text=(
            "Stands before the post: pages show text and image only to readers who open it."
            " One line; empty for none."
        ),
        import_name="content_warning",
    ),
    "image_alt": PostText(
        max_length=IMAGE_ALT_MAX_LENGTH,
        describes_image=True,
        help_text="What the image shows, in words, for those who can't see it.",
        not_imported="Imported posts have no image.",
    ),
}
# The values of texts that are not set.
NO_TEXTS = {name: "" for name, text in POST_TEXTS.items() if not text.required}
NO_IMAGE_TEXTS = {name: "" for name, text in POST_TEXTS.items() if text.describes_image}
# The fields of a post without an image.
NO_IMAGE: dict[str, Any] = image_columns([])
# A write that changes the value of one of these is an edit, which sets `updated_at`.
EDITED_BY = frozenset({*POST_TEXTS, "image", "image_url", "more_images"})


def _length(name: str, *, maximum: int, text: PostText | None = None) -> models.CheckConstraint:
    """Return the constraint on the length in characters. SQLite's types hold no length."""
    condition = models.Q(**{f"{name}__length__lte": maximum})
    if text and text.required:
        is_there = models.Q(**{f"{name}__length__gte": 1})
        condition &= is_there | HAS_IMAGE if text.or_image else is_there
    return models.CheckConstraint(name=f"post_{name}_length", condition=condition)


class PostQuerySet(CompiledInserts["Post"]):
    def visible(self) -> Self:
        """Select the posts that every reader may see: those of active authors."""
        return self.filter(author__is_active=True)

    def newest_first(self) -> Self:
        """Sort as the feed does: a total order, so keyset pagination skips and repeats none."""
        return self.order_by("-created_at", "-id")

    def with_counts(self) -> Self:
        """Annotate `likes_count` and `comments_count`, in the same query (one snapshot for all)."""
        return self.annotate(
            likes_count=count_of(Like.objects.all(), "post"),
            comments_count=count_of(Comment.objects.visible(), "post"),
        )

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Select the posts that `user` may edit: their own, or all with the permission."""
        return powers.within_reach(self, user, powers.CHANGE_POST)

    def deletable_by(self, user: User | AnonymousUser) -> Self:
        """Select the posts that `user` may delete: their own, or all with the permission."""
        return powers.within_reach(self, user, powers.DELETE_POST)

    def announce(self, cause: str) -> None:
        announce_posts(cause, using=self.db)

    def update(self, **values: Any) -> int:
        """Update as Django does. Rows in which a field of EDITED_BY changes become edited, unless
        `updated_at` is given."""
        if written := {name: values[name] for name in EDITED_BY & values.keys()}:
            unchanged = models.When(models.Q(**written), then=models.F("updated_at"))
            edited = models.Value(timezone.now())
            values.setdefault("updated_at", models.Case(unchanged, default=edited))
        return super().update(**values)

    def bulk_create(self, objs: Iterable["Post"], *args: Any, **kwargs: Any) -> list["Post"]:
        posts = list(objs)
        for post in posts:
            if post.updated_at is None:
                post.updated_at = post.created_at
        return super().bulk_create(posts, *args, **kwargs)


class Post(models.Model):
    # The fields that the audit log keeps of a deleted post.
    AUDITED: ClassVar = ("author_id", *POST_TEXTS, "image_url", "image", "more_images")

    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    content = models.TextField(max_length=POST_MAX_LENGTH)
    content_warning = models.CharField(
        max_length=CONTENT_WARNING_MAX_LENGTH, blank=True, default="", db_default=""
    )
    image_url = models.URLField(
        max_length=IMAGE_URL_MAX_LENGTH,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text="An https address; shown below the text.",
    )
    # Shown instead of `image_url`. Not an ImageField, which opens the file of each loaded row.
    # New columns have defaults in the database, for the rows that other programs insert.
    image = models.FileField(upload_to="posts", blank=True, default="", db_default="")
    image_alt = models.CharField(
        max_length=IMAGE_ALT_MAX_LENGTH, blank=True, default="", db_default=""
    )
    # In pixels: a page reserves the space before the image arrives.
    image_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # Size of all its files, for the account's quota; 0 for files of releases that did not count.
    image_bytes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The images after the first: see `posts.post_images`.
    more_images = MoreImagesField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(editable=False)
    external_id = models.CharField(  # noqa: DJ001 -- unique, and most posts have none
        max_length=EXTERNAL_ID_MAX_LENGTH,
        null=True,
        unique=True,
        editable=False,
        help_text="Where it was imported from; importing it again adds nothing.",
    )

    # No columns: of posts that were read `with_counts()`, and of new ones.
    likes_count: int
    comments_count: int

    objects = PostQuerySet.as_manager()

    class Meta:
        # Related managers (bob.posts.add(post)) write through this one, not the default manager.
        base_manager_name = "objects"
        # For keyset pagination of the whole feed, and of one author's posts.
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="post_newest_first"),
            models.Index(fields=["author", "-created_at", "-id"], name="post_author_newest_first"),
            models.Index(
                fields=["author", "-created_at", "-id"],
                name="post_author_with_image",
                condition=~models.Q(image=""),
            ),
        )
        constraints = (
            *(
                _length(name, maximum=text.max_length, text=text)
                for name, text in POST_TEXTS.items()
            ),
            _length("image_url", maximum=IMAGE_URL_MAX_LENGTH),
            _length("external_id", maximum=EXTERNAL_ID_MAX_LENGTH),
            models.CheckConstraint(name="post_more_images", condition=valid_further_images()),
            # `isnull`, because a check passes where a comparison with NULL makes it unknown.
            models.CheckConstraint(
                name="post_image_size",
                condition=models.Q(image_width=None, image_height=None)
                | models.Q(
                    image_width__isnull=False,
                    image_width__gte=1,
                    image_height__isnull=False,
                    image_height__gte=1,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {shown_text(self)[:50]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as Django does. The post becomes edited if a field of EDITED_BY changes, unless
        `updated_at` is among `update_fields`."""
        fields = kwargs.get("update_fields")
        if self._state.adding:
            self.updated_at = self.created_at
        elif "updated_at" not in (fields or ()) and self._changes(
            fields, using=kwargs.get("using")
        ):
            self.updated_at = timezone.now()
            if fields is not None:
                kwargs["update_fields"] = {*fields, "updated_at"}
        with delete_new_files_after_a_failure(self):
            super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return post_path(self.pk)

    def _changes(self, fields: Collection[str] | None, *, using: str | None) -> bool:
        """Return whether saving these fields (None: all that are loaded) is an edit.

        Asks the database, because remembering the stored values would make each read slower.
        """
        written = (
            EDITED_BY - self.get_deferred_fields() if fields is None else EDITED_BY & {*fields}
        )
        if not written:
            return False
        rows = Post.objects.using(using or router.db_for_write(Post, instance=self))
        stored = rows.filter(pk=self.pk).values(*written).first()
        return stored is None or any(getattr(self, name) != stored[name] for name in written)

    @property
    def edited(self) -> bool:
        return self.updated_at > self.created_at

    @property
    def shown_image_url(self) -> str:
        """The URL of the image, empty without one. Of an uploaded image, relative to this site."""
        return self.image.url if self.image else self.image_url
