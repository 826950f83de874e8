"""Two people at the same post at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from posts.models import Like, Post
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import HELLO, OF_A_POST, call, problem, signed_in
from tests.unit.posts.conftest import COUNTS, SignalRecorder

pytestmark = pytest.mark.django_db(transaction=True)


def _in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def test_eight_concurrent_likes_are_one_like_announced_once(
    recorder: SignalRecorder,
) -> None:
    post, user = PostFactory.create(), UserFactory.create()
    clients = [signed_in(user) for _ in range(8)]
    together = threading.Barrier(len(clients))
    recorder.clear()

    def like(client: Client) -> Any:
        together.wait()
        return _in_thread(lambda: client.put(f"/api/posts/{post.pk}/like/"))

    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(like, clients))

    assert [answer.json() for answer in answers] == [{"liked": True, "likes_count": 1}] * 8
    assert Like.objects.count() == 1
    assert recorder == [COUNTS]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [write for write in OF_A_POST if write[:2] != ("delete", "/api/posts/{post}/like/")],
)
def test_write_to_a_post_being_deleted_is_not_found(
    method: str, path: str, body: Any, wait_until: Callable[..., None]
) -> None:
    post = PostFactory.create()
    client = signed_in(post.author)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Post.objects.get().delete()
            answer = threads.submit(
                _in_thread, lambda: call(client, method, path.format(post=post.pk), body)
            )
            wait_until(_somebody_waits_for_a_lock)
        problem(answer.result(), 404)

    assert not Post.objects.exists()


@pytest.mark.postgres
def test_two_concurrent_edits_are_both_kept(wait_until: Callable[..., None]) -> None:
    post = PostFactory.create()
    client = signed_in(post.author)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Post.objects.update(image_url="https://example.org/a.png")
            answer = threads.submit(
                _in_thread, lambda: call(client, "patch", f"/api/posts/{post.pk}/", HELLO)
            )
            wait_until(_somebody_waits_for_a_lock)
        assert answer.result().json()["image_url"] == "https://example.org/a.png"


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
