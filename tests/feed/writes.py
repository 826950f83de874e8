"""Every way in which a post, a person, a like or a comment changes, each by its name."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import Client

from posts.models import Comment, Like, Post, User
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory

JSON = "application/json"
EARLIER = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Two people, a post of each, and a moderator; `post` has a like and a comment by bob."""

    ada: User
    bob: User
    moderator: User
    post: Post
    other: Post
    comment: Comment
    like: Like
    directory: Path

    @classmethod
    def make(cls, directory: Path) -> "World":
        ada = UserFactory.create(username="ada", display_name="Ada")
        bob = UserFactory.create(username="bob")
        moderator = UserFactory.create(username="moderator", is_staff=True, is_superuser=True)
        post = PostFactory.create(
            author=ada, image_url="https://example.org/a.png", external_id="import:1"
        )
        other = PostFactory.create(author=bob)
        comment = CommentFactory.create(post=post, author=bob)
        like = LikeFactory.create(post=post, user=bob)
        return cls(ada, bob, moderator, post, other, comment, like, directory)

    def copy(self) -> "World":
        """The same with rows of its own: one that was deleted forgets its id."""
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


def _save(row: Any, *, update_fields: list[str] | None = None, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=update_fields)


def _bulk_update(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    type(row).objects.bulk_update([row], list(values))


def _upsert_post(w: World, **how: Any) -> None:
    row = Post(author=w.ada, content="Upserted", external_id="import:1")
    Post.objects.bulk_create([row, Post(author=w.bob, content="Beside it")], **how)


def _upsert_author(w: World) -> None:
    User.objects.bulk_create(
        [User(username="ada", display_name="Upserted")],
        update_conflicts=True,
        unique_fields=["username"],
        update_fields=["display_name"],
    )


def _import(w: World) -> None:
    lines = [
        {"id": n, "author": "carol", "created_at": "2024-01-01T00:00:00Z", "text": f"Line {n}"}
        for n in range(3)
    ]
    file = w.directory / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    call_command("import_posts", file, stdout=StringIO(), stderr=StringIO())


def _loaddata(w: World, **values: Any) -> None:
    moment = "2024-01-01T00:00:00Z"
    values = {"author": w.ada.pk, "created_at": moment, "updated_at": moment, **values}
    file = w.directory / "posts.json"
    file.write_text(json.dumps([{"model": "posts.post", "pk": w.post.pk, "fields": values}]))
    call_command("loaddata", file, verbosity=0)


TO_POSTS: dict[str, Write] = {
    "save, new": lambda w: Post(author=w.ada, content="New").save(),
    "save, edited": lambda w: _save(w.post, content="Edited"),
    "save, update_fields": lambda w: _save(w.post, content="Edited", update_fields=["content"]),
    "save, moved in time": lambda w: _save(w.other, created_at=EARLIER),
    "delete": lambda w: w.post.delete(),
    "create": lambda w: Post.objects.create(author=w.ada, content="New"),
    "create by the author's own manager": lambda w: w.ada.posts.create(content="New"),
    "given to another author": lambda w: w.bob.posts.add(w.post),
    "get_or_create": lambda w: Post.objects.get_or_create(author=w.ada, content="New"),
    "update_or_create, new": lambda w: Post.objects.update_or_create(
        external_id="import:2", defaults={"author": w.ada, "content": "New"}
    ),
    "update_or_create, there": lambda w: Post.objects.update_or_create(
        external_id=w.post.external_id, defaults={"content": "Edited"}
    ),
    "QuerySet.update": lambda w: Post.objects.filter(pk=w.post.pk).update(content="Edited"),
    "QuerySet.update of the time": lambda w: Post.objects.filter(pk=w.other.pk).update(
        created_at=EARLIER, updated_at=EARLIER
    ),
    "QuerySet.delete": lambda w: Post.objects.filter(pk=w.post.pk).delete(),
    "QuerySet.delete of every post": lambda w: Post.objects.filter(pk__lte=w.other.pk).delete(),
    "bulk_create": lambda w: Post.objects.bulk_create([Post(author=w.ada, content="New")]),
    "bulk_create, ignore_conflicts": lambda w: _upsert_post(w, ignore_conflicts=True),
    "bulk_create, update_conflicts": lambda w: _upsert_post(
        w, update_conflicts=True, unique_fields=["external_id"], update_fields=["content"]
    ),
    "bulk_update": lambda w: _bulk_update(w.post, content="Edited"),
    "API post": lambda w: w.api(w.ada, "post", "/api/posts/", {"content": "New"}),
    "API patch": lambda w: w.api(w.ada, "patch", f"/api/posts/{w.post.pk}/", {"content": "Edit"}),
    "API put": lambda w: w.api(w.ada, "put", f"/api/posts/{w.post.pk}/", {"content": "Edit"}),
    "API delete": lambda w: w.api(w.ada, "delete", f"/api/posts/{w.post.pk}/"),
    "API delete by staff": lambda w: w.api(w.moderator, "delete", f"/api/posts/{w.post.pk}/"),
    "form, new": lambda w: w.form(w.ada, "/posts/new/", content="New"),
    "form, edited": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/edit/", content="Edited"),
    "form, deleted": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/delete/"),
    "admin, added": lambda w: w.admin("post/add/", author=w.ada.pk, content="New"),
    "admin, saved": lambda w: w.admin(
        f"post/{w.post.pk}/change/", author=w.ada.pk, content="Edited"
    ),
    "admin, deleted": lambda w: w.admin(f"post/{w.post.pk}/delete/", post="yes"),
    "admin, bulk delete": lambda w: w.admin(
        "post/", action="delete_selected", _selected_action=[w.post.pk, w.other.pk], post="yes"
    ),
    "admin, action": lambda w: w.admin(
        "post/", action="remove_image", _selected_action=[w.post.pk]
    ),
    "import_posts": _import,
    "loaddata": lambda w: _loaddata(w, content="Loaded"),
}

TO_AUTHORS: dict[str, Write] = {
    "author deleted": lambda w: w.ada.delete(),
    "authors deleted by QuerySet": lambda w: User.objects.filter(pk=w.ada.pk).delete(),
    "author renamed": lambda w: _save(w.ada, username="countess"),
    "author renamed, update_fields": lambda w: _save(
        w.ada, username="countess", update_fields=["username"]
    ),
    "author's name shown changed": lambda w: _save(w.ada, display_name="Countess"),
    "author's name changed by update": lambda w: User.objects.filter(pk=w.ada.pk).update(
        display_name="", last_name="L"
    ),
    "author's name changed by bulk_update": lambda w: _bulk_update(w.ada, display_name="Countess"),
    "author upserted": _upsert_author,
    "author by update_or_create": lambda w: User.objects.update_or_create(
        username=w.ada.username, defaults={"display_name": "Countess"}
    ),
    "author deactivated": lambda w: _save(w.ada, is_active=False),
    "author deactivated by update": lambda w: User.objects.filter(pk=w.ada.pk).update(
        is_active=False
    ),
    "commenter deactivated": lambda w: _save(w.bob, is_active=False),
    "liker and commenter deleted": lambda w: w.bob.delete(),
    "admin, author saved": lambda w: w.admin(
        f"user/{w.ada.pk}/change/", username="countess", display_name="Countess", is_active="on"
    ),
    "admin, author deleted": lambda w: w.admin(f"user/{w.ada.pk}/delete/", post="yes"),
    "admin, authors deactivated": lambda w: w.admin(
        "user/", action="deactivate", _selected_action=[w.ada.pk, w.bob.pk]
    ),
}

TO_COUNTS: dict[str, Write] = {
    "like saved": lambda w: Like(post=w.post, user=w.ada).save(),
    "like created": lambda w: w.post.likes.create(user=w.ada),
    "like deleted": lambda w: w.like.delete(),
    "like given to another post": lambda w: w.other.likes.add(w.like),
    "like moved": lambda w: Like.objects.update(post=w.other),
    "likes deleted by QuerySet": lambda w: Like.objects.filter(post=w.post).delete(),
    "likes created in bulk": lambda w: Like.objects.bulk_create([Like(post=w.post, user=w.ada)]),
    "API like": lambda w: w.api(w.ada, "put", f"/api/posts/{w.post.pk}/like/"),
    "API unlike": lambda w: w.api(w.bob, "delete", f"/api/posts/{w.post.pk}/like/"),
    "form, like": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/like/", action="like"),
    "form, unlike": lambda w: w.form(w.bob, f"/posts/{w.post.pk}/like/", action="unlike"),
    "admin, like deleted": lambda w: w.admin(f"like/{w.like.pk}/delete/", post="yes"),
    "comment saved": lambda w: Comment(post=w.post, author=w.ada, content="x").save(),
    "comment deleted": lambda w: w.comment.delete(),
    "comment given to another post": lambda w: w.other.comments.add(w.comment),
    "comment moved by bulk_update": lambda w: _bulk_update(w.comment, post=w.other),
    "comments created in bulk": lambda w: Comment.objects.bulk_create(
        [Comment(post=w.post, author=w.ada, content="x")]
    ),
    "comments deleted by QuerySet": lambda w: Comment.objects.filter(pk=w.comment.pk).delete(),
    "API comment": lambda w: w.api(
        w.ada, "post", f"/api/posts/{w.post.pk}/comments/", {"content": "x"}
    ),
    "API comment deleted": lambda w: w.api(w.bob, "delete", f"/api/comments/{w.comment.pk}/"),
    "form, comment": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/comments/", content="x"),
    "form, comment deleted": lambda w: w.form(w.bob, f"/comments/{w.comment.pk}/delete/"),
    "admin, comments deleted": lambda w: w.admin(
        "comment/", action="delete_selected", _selected_action=[w.comment.pk], post="yes"
    ),
}
