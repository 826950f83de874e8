"""Posts, comments and authors as rows: what pages show of them, and no more.

A model object holds every column and costs ten times as much to make. A row has the attributes
that `posts.serializers` reads, under the names of the models, so that JSON is made of either.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, Self

from django.core.files.storage import default_storage
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from posts.links import post_path
from posts.models import Comment, Post, User, shown_name


class AuthorRow(NamedTuple):
    """An author as each of their posts shows them."""

    pk: int
    username: str
    display_name: str
    first_name: str
    last_name: str
    avatar: str
    is_active: bool

    @property
    def shown_name(self) -> str:
        return shown_name(self)

    @property
    def avatar_url(self) -> str:
        return default_storage.url(self.avatar) if self.avatar else ""


class ProfileRow(NamedTuple):
    """An author as their own page shows them."""

    author: AuthorRow
    bio: str
    date_joined: datetime

    @classmethod
    def select(cls, users: "QuerySet[User]") -> "QuerySet[User, tuple[Any, ...]]":
        """Select the columns that `of` takes."""
        return users.values_list("bio", "date_joined", *AuthorRow._fields)

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Self:
        return cls(AuthorRow(*columns[2:]), *columns[:2])


class PostRow(NamedTuple):
    """A post with its counts and its author."""

    author: AuthorRow
    pk: int
    content: str
    content_warning: str
    author_id: int
    image: str
    image_url: str
    image_alt: str
    image_width: int | None
    image_height: int | None
    more_images: str  # JSON, which is read only if there are some
    created_at: datetime
    updated_at: datetime
    likes_count: int
    comments_count: int

    @classmethod
    def select(cls, posts: "QuerySet[Post]") -> "QuerySet[Post, tuple[Any, ...]]":
        """Select the columns that `of` takes, of posts `with_counts()`."""
        own: list[Any] = [*cls._fields[1:]]
        # As text, which needs no conversion.
        own[own.index("more_images")] = Cast("more_images", TextField())
        return posts.values_list(*own, *_related("author", AuthorRow._fields))

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Self:
        own = len(cls._fields) - 1
        return cls(AuthorRow(*columns[own:]), *columns[:own])

    @property
    def edited(self) -> bool:
        return self.updated_at > self.created_at

    @property
    def shown_image_url(self) -> str:
        return default_storage.url(self.image) if self.image else self.image_url

    def get_absolute_url(self) -> str:
        return post_path(self.pk)


class VersionRow(NamedTuple):
    """What a post said before an edit; `replaced_at` is None of what it says now."""

    content: str
    content_warning: str
    image_alt: str
    written_at: datetime
    replaced_at: datetime | None


class ParentRow(NamedTuple):
    """The comment that another one replies to."""

    author: AuthorRow
    pk: int
    post_id: int
    created_at: datetime


class CommentRow(NamedTuple):
    """A comment with its author, and the comment that it replies to, if any."""

    author: AuthorRow
    reply_to: ParentRow | None
    pk: int
    post_id: int
    content: str
    author_id: int
    reply_to_id: int | None
    created_at: datetime
    edited_at: datetime | None
    likes_count: int

    @classmethod
    def select(cls, comments: "QuerySet[Comment]") -> "QuerySet[Comment, tuple[Any, ...]]":
        """Select the columns that `of` takes, of comments `with_counts()`."""
        return comments.values_list(
            *cls._fields[2:],
            *_related("author", AuthorRow._fields),
            *_related("reply_to", ParentRow._fields[1:]),
            *_related("reply_to__author", AuthorRow._fields),
        )

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Self:
        rest = iter(columns)
        row = [*islice(rest, len(cls._fields) - 2)]
        author = AuthorRow(*islice(rest, len(AuthorRow._fields)))
        parent = [*islice(rest, len(ParentRow._fields) - 1)]
        replied = ParentRow(AuthorRow(*rest), *parent) if parent[0] is not None else None
        return cls(author, replied, *row)

    @property
    def updated_at(self) -> datetime:
        return self.edited_at or self.created_at

    @property
    def edited(self) -> bool:
        return self.edited_at is not None


def _related(relation: str, fields: Sequence[str]) -> list[str]:
    """The same columns of a related model, as `values_list` takes them."""
    return [f"{relation}__{field}" for field in fields]
