"""A form that is sent twice writes one row, by the one-time key in its hidden field."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from posts.models import Comment, Post, Report, SubmittedKey, User
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.sample_images import encoded, half_and_half, upload
from tests.unit.posts.test_views import page, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

AGO = timedelta(days=6)
ROWS: dict[str, Any] = {"post": Post, "comment": Comment, "report": Report}
VALUES = {
    "post": {"content": "Once"},
    "comment": {"content": "Once"},
    "report": {"reason": "spam", "note": "Once"},
}


@pytest.fixture
def subject() -> Post:
    return PostFactory.create()


def path_of(kind: str, post: Post) -> str:
    paths = {"post": "new/", "comment": f"{post.pk}/comments/", "report": f"{post.pk}/report/"}
    return f"/posts/{paths[kind]}"


def rows_of(kind: str, subject: Post) -> Any:
    rows = ROWS[kind].objects.all()
    return rows.exclude(pk=subject.pk) if kind == "post" else rows


def key_of(client: Client, path: str) -> str:
    found = re.findall(r'name="key" value="([0-9a-f]{32})"', page(client.get(path)))
    assert len(found) == 1, path
    return str(found[0])


@pytest.mark.parametrize("kind", ROWS)
def test_repeated_form_succeeds_without_a_second_row(kind: str, subject: Post) -> None:
    client, path = signed_in(), path_of(kind, subject)
    values = {**VALUES[kind], "key": key_of(client, path)}
    targets = {client.post(path, values)["Location"]}
    row = rows_of(kind, subject).get()
    SubmittedKey.objects.update(created_at=timezone.now() - AGO)
    if kind == "post":
        Post.objects.filter(pk=row.pk).update(content="Edited since")
    targets.add(client.post(path, values)["Location"])
    assert len(targets) == 1
    assert rows_of(kind, subject).get().pk == row.pk


@pytest.mark.parametrize("path", ["/", "/posts/new/", "/posts/{pk}/", "/posts/{pk}/report/"])
def test_each_answer_has_a_key_of_its_own(path: str, subject: Post) -> None:
    """Also pages that are cached and shared."""
    reader = signed_in()
    keys = {key_of(client, path.format(pk=subject.pk)) for client in (reader, reader, signed_in())}
    assert len(keys) == 3


def test_fresh_key_does_not_change_the_validator_of_a_page(subject: Post) -> None:
    client = signed_in()
    client.get("/")
    first = client.get("/")
    assert client.get("/", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_form_that_comes_back_keeps_its_key() -> None:
    client, key = signed_in(), secrets.token_hex(16)
    refused = client.post("/posts/new/", {"content": " ", "key": key})
    assert f'value="{key}"' in page(refused)


def test_other_text_author_or_image_under_one_key_is_another_post() -> None:
    client, key = signed_in(), secrets.token_hex(16)
    sent: list[tuple[Client, dict[str, Any]]] = [
        (client, {"content": "Once"}),
        (client, {"content": "Twice"}),
        (client, {"content": "Once", "image": upload(name="a.png")}),
        (client, {"content": "Once", "image": upload(encoded(half_and_half((9, 9))))}),
        (client, {"content": "Once", "image": upload(), "image_alt": "A square"}),
        (signed_in(), {"content": "Once"}),
    ]
    for number, (writer, values) in enumerate(sent, 1):
        assert writer.post("/posts/new/", {**values, "key": key}).status_code == 302
        assert Post.objects.count() == number


def test_repeated_image_is_stored_once(media: Any) -> None:
    client, key = signed_in(), secrets.token_hex(16)
    for name in ("a.png", "b.png"):
        client.post("/posts/new/", {"content": "Once", "image": upload(name=name), "key": key})
    assert Post.objects.count() == 1
    assert len(list(media.rglob("*.webp"))) == 1


def test_comment_under_one_key_elsewhere_is_another_comment() -> None:
    comment, client, key = CommentFactory.create(), signed_in(), secrets.token_hex(16)
    path, values = f"/posts/{comment.post_id}/comments/", {"content": "Yes!", "key": key}
    client.post(path, values)
    client.post(path, {**values, "reply_to": comment.pk})
    client.post(f"/posts/{PostFactory.create().pk}/comments/", values)
    assert Comment.objects.filter(content="Yes!").count() == 3


def test_line_breaks_of_another_browser_make_no_other_post() -> None:
    client, key = signed_in(), secrets.token_hex(16)
    for content in ("a\r\nb", "a\nb\n"):
        client.post("/posts/new/", {"content": content, "key": key})
    assert Post.objects.count() == 1


@pytest.mark.parametrize("key", ["", "a" * 31, "A" * 32, "a\0" * 16, "x" * 100_000])
def test_form_without_a_key_is_accepted_each_time(key: str) -> None:
    client = signed_in()
    for _ in range(2):
        values = {"content": "Again", **({"key": key} if key else {})}
        assert client.post("/posts/new/", values).status_code == 302
    assert Post.objects.count() == 2
    assert not SubmittedKey.objects.exists()


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_deleted_row_is_not_written_again_unless_the_answer_is_sent(
    kind: str, subject: Post
) -> None:
    client, path = signed_in(), path_of(kind, subject)
    values = {**VALUES[kind], "key": secrets.token_hex(16)}
    client.post(path, values)
    rows_of(kind, subject).get().delete()
    answer = client.post(path, values)
    assert answer.status_code == 409
    assert "This was sent before, and deleted since." in page(answer)
    assert "Once" in page(answer)
    assert not rows_of(kind, subject).exists()
    again = re.findall(r'name="key" value="([0-9a-f]{32})"', page(answer))[0]
    assert again != values["key"]
    assert client.post(path, {**values, "key": again}).status_code == 302
    assert rows_of(kind, subject).count() == 1


def test_retried_reply_finds_itself_after_the_answered_comment_is_deleted() -> None:
    comment, client = CommentFactory.create(), signed_in()
    path = f"/posts/{comment.post_id}/comments/"
    values = {"content": "Yes!", "reply_to": comment.pk, "key": secrets.token_hex(16)}
    target = client.post(path, values)["Location"]
    comment.delete()
    assert client.post(path, values)["Location"] == target
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("kind", ROWS)
def test_concurrent_submissions_are_written_once(kind: str, subject: Post) -> None:
    author, path = UserFactory.create(), path_of(kind, subject)
    clients = [signed_in(author) for _ in range(4)]
    values = {**VALUES[kind], "key": secrets.token_hex(16)}

    def press(client: Client) -> int:
        with closing(connection):
            return client.post(path, values).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert {*pool.map(press, clients)} == {302}
    assert rows_of(kind, subject).count() == 1


def test_failed_submission_leaves_its_key_unused() -> None:
    client, key = signed_in(), secrets.token_hex(16)

    def fail(send: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'INTO "posts_post"' in sql:
            raise RuntimeError
        return send(sql, params, many, context)

    with connection.execute_wrapper(fail), pytest.raises(RuntimeError):
        client.post("/posts/new/", {"content": "Once", "key": key})
    assert not SubmittedKey.objects.exists()
    assert client.post("/posts/new/", {"content": "Once", "key": key}).status_code == 302
    assert Post.objects.count() == 1


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_author_deleted_while_writing_writes_nothing(kind: str, subject: Post) -> None:
    author = UserFactory.create()
    client, path = signed_in(author), path_of(kind, subject)

    def delete(send: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if f'INTO "posts_{kind}"' in sql:
            context["cursor"].cursor.execute(f"DELETE FROM {_table(User)} WHERE id = {author.pk}")
        return send(sql, params, many, context)

    with connection.execute_wrapper(delete):
        values = {"content": "Once", "key": secrets.token_hex(16)}
        assert client.post(path, values).status_code == 404
    assert not rows_of(kind, subject).exists()
    assert not SubmittedKey.objects.exists()


def _table(model: Any) -> str:
    return str(model._meta.db_table)
