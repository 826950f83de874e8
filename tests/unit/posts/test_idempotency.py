"""The header Idempotency-Key: a request that is sent again makes nothing new."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from background.periodic import JOBS
from posts import idempotency
from posts.idempotency import Submission, once
from posts.models import Comment, Post, SubmittedKey, User
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.calls import HELLO, JSON, problem, signed_in
from tests.unit.posts.sample_images import upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


@pytest.fixture
def subject() -> Post:
    return PostFactory.create()


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def path_of(kind: str, subject: Post) -> str:
    return "/api/posts/" if kind == "post" else f"/api/posts/{subject.pk}/comments/"


def made(kind: str, subject: Post) -> Any:
    return Post.objects.exclude(pk=subject.pk) if kind == "post" else Comment.objects.all()


def send(client: Client, path: str, key: str, body: Any = None, **options: Any) -> Any:
    headers = {"Idempotency-Key": key}
    options.setdefault("content_type", JSON)
    return client.post(path, body or HELLO, headers=headers, **options)


def send_form(client: Client, key: str, **values: Any) -> Any:
    return client.post("/api/posts/", values, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_repeated_request_is_answered_with_the_first_row_as_it_is_now(
    kind: str, subject: Post, key: str
) -> None:
    client, path = signed_in(), path_of(kind, subject)
    first = send(client, path, key)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first
    SubmittedKey.objects.update(created_at=timezone.now() - timedelta(days=6))
    made(kind, subject).update(content="Edited since")
    again = send(client, path, f'"{key}"')  # as a structured field
    assert again.status_code == 201
    assert again["Idempotent-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["content"] == "Edited since"
    assert made(kind, subject).count() == 1


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_deleted_row_is_not_made_again(kind: str, subject: Post, key: str) -> None:
    client, path = signed_in(), path_of(kind, subject)
    send(client, path, key)
    made(kind, subject).get().delete()
    assert problem(send(client, path, key), 409)["code"] == "deleted_since"
    assert not made(kind, subject).exists()


def test_other_body_or_address_under_one_key_is_refused(subject: Post, key: str) -> None:
    client = signed_in()
    send(client, "/api/posts/", key)
    for path, body in [
        ("/api/posts/", {"content": "Other"}),
        ("/api/posts/", {**HELLO, "image_alt": "Other"}),
        ("/api/posts/", ["no object"]),
        (path_of("comment", subject), HELLO),
    ]:
        assert problem(send(client, path, key, body), 422)["code"] == "key_reused"
    assert made("post", subject).count() == 1
    assert not Comment.objects.exists()


def test_order_of_json_members_does_not_matter(key: str) -> None:
    client = signed_in()
    for body in ('{"content": "a", "image_alt": ""}', '{"image_alt": "", "content": "a"}'):
        assert send(client, "/api/posts/", key, body).status_code == 201
    assert Post.objects.count() == 1


def test_same_key_of_another_account_is_another_key(key: str) -> None:
    for _ in range(2):
        assert "Idempotent-Replayed" not in send(signed_in(), "/api/posts/", key)
    assert Post.objects.count() == 2


def test_image_is_part_of_the_body(key: str, media: Any) -> None:
    client = signed_in()
    for _ in range(2):
        assert send_form(client, key, content="a", image=upload()).status_code == 201
    assert len(list(media.rglob("*.webp"))) == 1
    assert send_form(client, key, content="a", image=upload(b"other")).status_code == 422
    assert send_form(client, key, content="a").status_code == 422
    assert Post.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, '"', '"open', "ümlaut"])
def test_bad_key_is_refused_and_the_header_named(key: str) -> None:
    document = problem(send(signed_in(), "/api/posts/", key), 400)
    assert document["code"] == "invalid_key"
    assert "Idempotency-Key" in document["detail"]
    assert not Post.objects.exists()


def test_refused_request_leaves_its_key_unused(key: str) -> None:
    client = signed_in()
    assert send(client, "/api/posts/", key, {"content": ""}).status_code == 400
    assert send(client, "/api/posts/", key).status_code == 201


def test_retried_reply_finds_itself_after_the_answered_comment_is_deleted(key: str) -> None:
    comment, client = CommentFactory.create(), signed_in()
    path, body = f"/api/posts/{comment.post_id}/comments/", {**HELLO, "reply_to": str(comment.pk)}
    first = send(client, path, key, body)
    comment.delete()
    assert send(client, path, key, body)["Location"] == first["Location"]


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_concurrent_requests_make_one_row(kind: str, subject: Post, key: str) -> None:
    user, path = UserFactory.create(), path_of(kind, subject)
    clients = [signed_in(user) for _ in range(4)]

    def press(client: Client) -> tuple[int, str, bool]:
        with closing(connection):
            answer = send(client, path, key)
            return answer.status_code, answer["Location"], "Idempotent-Replayed" in answer

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(press, clients))
    assert {status for status, _, _ in answers} == {201}
    assert len({location for _, location, _ in answers}) == 1
    assert sorted(replayed for _, _, replayed in answers) == [False, True, True, True]
    assert made(kind, subject).count() == 1


@pytest.mark.postgres
def test_second_request_waits_for_the_first_and_takes_over_if_that_fails() -> None:
    """The first holds the key in an open transaction, which is rolled back."""
    user = UserFactory.create()
    sent = Submission(user.pk, "d" * 32, "f" * 32)

    def write() -> bool:
        with closing(connection), transaction.atomic():
            return once(sent, lambda: PostFactory.create(author=user)).row is not None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            once(sent, lambda: PostFactory.create(author=user))
            second = pool.submit(write)
            _wait_for_a_lock()
            assert not second.done()
            transaction.set_rollback(True)
        assert second.result(10)
    assert Post.objects.count() == 1


def _wait_for_a_lock() -> None:
    from tests.processes import wait_until

    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"

    def found() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return bool(cursor.fetchone()[0])

    wait_until(found)


def test_keys_go_with_the_account(key: str) -> None:
    user = UserFactory.create()
    send(signed_in(user), "/api/posts/", key)
    other = signed_in()
    send(other, "/api/posts/", key)
    user.delete()
    assert SubmittedKey.objects.count() == 1


def test_key_and_content_are_not_stored(key: str) -> None:
    """And no digest of the content alone, of which a short text could be guessed."""
    users = UserFactory.create_batch(2)
    keys = key, str(uuid.uuid4())
    for user, one in zip(users, keys, strict=True):
        send(signed_in(user), "/api/posts/", one)
    rows = SubmittedKey.objects.values_list("digest", "fingerprint")
    assert len({text for row in rows for text in row}) == 4
    assert not any(key in text for row in rows for text in row)


def test_old_keys_are_pruned_in_small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "PRUNED_ROWS", 2)
    now, user = timezone.now(), UserFactory.create()
    for hours in (0, 7 * 24 - 1, 7 * 24 + 1, 7 * 24 + 2, 7 * 24 + 3):
        moment = now - timedelta(hours=hours)
        SubmittedKey.objects.create(user=user, digest=str(hours), created_at=moment)
    left = []
    for _ in range(3):
        JOBS["prune submitted keys"].run(now)
        left.append(SubmittedKey.objects.count())
    assert left == [3, 2, 2]


@pytest.mark.postgres
def test_release_without_the_table_can_delete_an_account(key: str) -> None:
    user = UserFactory.create()
    send(signed_in(user), "/api/posts/", key)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_post")
        cursor.execute("DELETE FROM django_session")
        cursor.execute("DELETE FROM posts_sessionrecord")
        cursor.execute(f"DELETE FROM {User._meta.db_table} WHERE id = %s", [user.pk])
    assert SubmittedKey.objects.count() == 1
