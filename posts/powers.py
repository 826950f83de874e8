"""Powers: permissions to act on content of other people.

A power is a Django permission (such as `posts.delete_post`) of a user or of one of their groups.
Staff status is no power: it only opens the admin.
"""

from typing import Protocol, TypeVar

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models

CHANGE_POST = "posts.change_post"
DELETE_POST = "posts.delete_post"
DELETE_COMMENT = "posts.delete_comment"

Rows = TypeVar("Rows", bound=models.QuerySet)  # type: ignore[type-arg] # of any model


class Authored(Protocol):
    """A post or a comment."""

    author_id: int


def may(user: AbstractUser | AnonymousUser, permission: str) -> bool:
    """Return whether `user` has this power now. Every use of a power calls this.

    With STAFF_SECOND_FACTOR a power needs a second factor (`User.has_perm`). The user object
    caches the answer, so pass the user of the current request.
    """
    return user.is_active and user.has_perm(permission)


def may_touch(user: AbstractUser | AnonymousUser, row: Authored, permission: str) -> bool:
    """Return whether `user` may change or delete this row: as its author, or with the power."""
    return user.is_active and (row.author_id == user.pk or may(user, permission))


def within_reach(rows: Rows, user: AbstractUser | AnonymousUser, permission: str) -> Rows:
    """Return the rows for which `may_touch` holds: the user's, or all of them with the power."""
    if not user.is_active:
        return rows.none()
    return rows.all() if may(user, permission) else rows.filter(author=user.pk)
