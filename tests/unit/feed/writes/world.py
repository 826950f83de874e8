"""The rows before a write, and the functions that all tables of writes share."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import Client

from posts.models import NO_TEXTS, Comment, CommentLike, Like, Post, User
from tests.factories import (
    CommentFactory,
    CommentLikeFactory,
    LikeFactory,
    PostFactory,
    UserFactory,
)

JSON = "application/json"
NEW = "New #tag and word"  # found by hashtag and by search
EARLIER = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Ada and bob with a post each, dora, who is deactivated, with hers, and a moderator.

    `post` is ada's, and has a like, a comment by bob, which dora likes, and ada's reply to it.
    `other` is bob's, and has all texts and mentions. Images are names without files, because pages
    show only the names.
    """

    ada: User
    bob: User
    dora: User
    moderator: User
    post: Post
    other: Post
    comment: Comment
    like: Like
    comment_like: CommentLike
    directory: Path

    @classmethod
    def make(cls, directory: Path) -> "World":
        ada = UserFactory.create(
            username="ada", display_name="Ada", bio="Of engines", avatar="people/ada.webp"
        )
        bob = UserFactory.create(username="bob")
        dora = UserFactory.create(username="dora", is_active=False)
        moderator = UserFactory.create(username="moderator", is_staff=True, is_superuser=True)
        post = PostFactory.create(
            author=ada,
            content="The word of #Tag one",
            image_url="https://example.org/a.png",
            external_id="import:1",
        )
        other = PostFactory.create(
            author=bob,
            content="Another word, #tagged #tag by @Ada, @dora and @newcomer",
            image="posts/b.webp",
            **{name: f"A bee, as {name}" for name in NO_TEXTS},
        )
        PostFactory.create(author=dora, content="A word for #tag, unseen")
        comment = CommentFactory.create(post=post, author=bob)
        CommentFactory.create(post=post, author=ada, reply_to=comment)
        like = LikeFactory.create(post=post, user=bob)
        liked = CommentLikeFactory.create(comment=comment, user=dora)
        return cls(ada, bob, dora, moderator, post, other, comment, like, liked, directory)

    def copy(self) -> "World":
        """Return a copy with its own instances, because Django removes the id of a deleted one."""
        values = {field.name: copy(getattr(self, field.name)) for field in fields(self)}
        return World(**values)

    def api(self, user: User, method: str, path: str, body: Any = None) -> None:
        send: Callable[..., Any] = getattr(_signed_in(user), method)
        answer = send(path, body, content_type=JSON) if body is not None else send(path)
        assert answer.status_code in {200, 201, 204}, answer.content

    def form(self, user: User, path: str, **values: Any) -> None:
        answer = _signed_in(user).post(path, values)
        assert answer.status_code == 302, answer.content

    def admin(self, path: str, **values: Any) -> None:
        self.form(self.moderator, f"/admin/posts/{path}", **values)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


Write = Callable[[World], object]


def save(row: Any, *, update_fields: list[str] | None = None, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=update_fields)


def bulk_update(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    type(row).objects.bulk_update([row], list(values))


def now(call: Any, *args: Any, **kwargs: Any) -> Any:
    """Call an asynchronous method of the ORM and wait for its result."""

    async def run() -> Any:
        return await call(*args, **kwargs)

    return async_to_sync(run)()


def load(w: World, model: str, pk: int, **values: Any) -> None:
    """Write one row with `loaddata`."""
    file = w.directory / "rows.json"
    file.write_text(json.dumps([{"model": f"posts.{model}", "pk": pk, "fields": values}]))
    call_command("loaddata", file, verbosity=0)
