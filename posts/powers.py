"""Who may act on what others wrote.

A power is a permission of Django's (`posts.delete_post`), given to a person or to a group of
theirs. Being staff is none: it opens the admin, and no more.
"""

from typing import TYPE_CHECKING, Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models

if TYPE_CHECKING:
    from posts.models.users import User

CHANGE_POST = "posts.change_post"
DELETE_POST = "posts.delete_post"
DELETE_COMMENT = "posts.delete_comment"

Rows = TypeVar("Rows", bound=models.QuerySet)  # type: ignore[type-arg] # of any model


class Written(Protocol):
    """A post or a comment."""

    author_id: int


def may(user: "User | AnonymousUser", permission: str) -> bool:
    """Whether `user` has this power now. Every use of a power asks here.

    With STAFF_SECOND_FACTOR, a power waits for a second factor (`User.has_perm`). The answer is
    remembered by the user object, so ask with that of the current request.
    """
    return user.is_active and user.has_perm(permission)


def may_touch(user: "User | AnonymousUser", row: Written, permission: str) -> bool:
    """Whether `user` may change or delete this row: it is their own, or they have the power."""
    return user.is_active and (row.author_id == user.pk or may(user, permission))


def within_reach(rows: Rows, user: "User | AnonymousUser", permission: str) -> Rows:
    """The rows for which `may_touch` holds: their own; all of them with the power."""
    if not user.is_active:
        return rows.none()
    return rows.all() if may(user, permission) else rows.filter(author=user.pk)
