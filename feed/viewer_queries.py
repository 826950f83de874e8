"""Queries about a viewer: whether account and session are as before, and their marks on a page.

They run after each change of any account, post or like, for each viewer that reads, so they are
compiled once.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.sessions.models import Session
from django.db import router
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Field,
    QuerySet,
    Value,
)
from django.db.models.fields.files import FieldFile
from django.db.models.lookups import In
from django.utils import timezone

from posts.compiled_query import CompiledQuery, Parameter
from posts.models import CommentLike, Like, Mute, User

# Numbers of ids in one query. A list is filled up to the next of them, so that few are compiled.
SIZES = (1, 20, 60)
NO_ID = 0  # no row has it


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids, as in JSON, of what a viewer likes (posts, comments), and of the people they muted."""

    liked: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    liked_comments: frozenset[str] = frozenset()


class _Mark(NamedTuple):
    kind: str
    pk: int


class _Account(NamedTuple):
    fingerprint: bytes


def viewer_marks(
    user_id: int,
    *,
    posts: Collection[int],
    authors: Collection[int],
    comments: Collection[int] = (),
) -> Marks:
    """Return the viewer's likes of these posts and comments, and mutes of people: one query."""
    sizes = _size(len(posts)), _size(len(authors)), _size(len(comments)) if comments else 0
    values = {
        **_named("post", posts, sizes[0]),
        **_named("author", authors, sizes[1]),
        **_named("comment", comments, sizes[2]),
    }
    found: dict[str, set[str]] = {"liked": set(), "liked_comments": set(), "muted": set()}
    for kind, pk in _compiled_marks(router.db_for_write(Like), *sizes).rows(user=user_id, **values):
        found[kind].add(str(pk))
    return Marks(**{kind: frozenset(ids) for kind, ids in found.items()})


def account(user_id: int, session_key: str) -> bytes | None:
    """Return the fingerprint of the user's row, if the session has not ended: one query.

    Django accepts a session as long as its row is there and the user's row is the same: a session
    never gets another user, nor another password, under the same key.
    """
    rows = _compiled_account(router.db_for_write(User)).rows(
        user=user_id, session=session_key, now=timezone.now()
    )
    return rows[0].fingerprint if rows else None


def fingerprint(user: User) -> bytes:
    """Return a digest of all columns of this user's row, as `account` does."""
    return _digest([field.value_from_object(user) for field in _columns()])


def _columns() -> "Sequence[Field[Any, Any]]":
    return User._meta.concrete_fields  # noqa: SLF001 -- public by documentation


def _digest(values: Sequence[Any]) -> bytes:
    plain = [value.name if isinstance(value, FieldFile) else value for value in values]
    return hashlib.blake2b(repr(plain).encode(), digest_size=16).digest()


@lru_cache(maxsize=8)
def _compiled_account(using: str) -> CompiledQuery[_Account]:
    session = Session.objects.filter(
        session_key=Parameter("session", CharField()),
        expire_date__gt=Parameter("now", DateTimeField()),
    )
    users = User.objects.using(using).filter(
        Exists(session), pk=Parameter("user", BigIntegerField())
    )
    names = [field.attname for field in _columns()]
    return CompiledQuery(users.values_list(*names), lambda row: _Account(_digest(row)))


@lru_cache(maxsize=32)
def _compiled_marks(using: str, posts: int, authors: int, comments: int) -> CompiledQuery[_Mark]:
    user = Parameter("user", BigIntegerField())
    liked = Like.objects.using(using).filter(_among("post_id", "post", posts), user=user)
    muted = Mute.objects.using(using).filter(_among("muted_id", "author", authors), user=user)
    kinds: list[QuerySet[Any, Any]] = [muted.values_list(Value("muted"), "muted_id")]
    if comments:
        among = _among("comment_id", "comment", comments)
        likes = CommentLike.objects.using(using).filter(among, user=user)
        kinds.append(likes.values_list(Value("liked_comments"), "comment_id"))
    rows = liked.values_list(Value("liked"), "post_id").union(*kinds, all=True)
    return CompiledQuery(rows, lambda row: _Mark(*row))


def _among(column: str, name: str, size: int) -> In:
    """Return the condition that this column is one of so many parameters."""
    # As a number, because the lookup of a foreign key takes no expressions.
    number = ExpressionWrapper(F(column), output_field=BigIntegerField())
    return In(number, [Parameter(f"{name}{place}", BigIntegerField()) for place in range(size)])


def _named(name: str, ids: Collection[int], size: int) -> dict[str, int]:
    padded = [*ids, *[NO_ID] * (size - len(ids))]
    return {f"{name}{place}": pk for place, pk in enumerate(padded)}


def _size(count: int) -> int:
    largest = SIZES[-1]
    return next((size for size in SIZES if count <= size), -(-count // largest) * largest)
