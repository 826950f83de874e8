"""What a write through the API asks of the database and of Redis, beyond finding its user."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from posts.models import Comment, Like, Post, User
from tests import servers
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.calls import HELLO

pytestmark = pytest.mark.django_db(transaction=True)

FIND_POST = "SELECT posts_post"


@pytest.fixture
def user() -> User:
    made: User = UserFactory.create()
    return made


@pytest.fixture
def client(user: User) -> APIClient:
    """A client whose user need not be found."""
    made = APIClient()
    made.force_authenticate(user)
    return made


@pytest.fixture
def post(user: User) -> Post:
    """A post of the user, with a like and a comment of others."""
    made: Post = PostFactory.create(author=user)
    CommentFactory.create(post=made)
    Like.objects.create(post=made, user=UserFactory.create())
    return made


def statements(send: Callable[[], Any]) -> list[str]:
    """Return the statements that `send` runs: the verb, and the table that it is about."""
    with CaptureQueriesContext(connection) as captured:
        response = send()
    assert response.status_code < 300, response.content
    return [_short(query["sql"]) for query in captured]


def _short(sql: str) -> str:
    table = re.search(r'(?:FROM|INTO|UPDATE) "(\w+)"(?! U\d)', sql)
    return " ".join([sql.split(maxsplit=1)[0], *(table.groups() if table else ())])


def in_transaction(*inside: str) -> list[str]:
    return ["BEGIN", *inside, "COMMIT"]


def test_new_post_is_one_statement(client: APIClient) -> None:
    run = statements(lambda: client.post("/api/posts/", HELLO, format="json"))
    assert run == in_transaction("INSERT posts_post")


def test_key_costs_three_statements_and_a_savepoint(client: APIClient) -> None:
    headers = {"Idempotency-Key": "a"}
    run = statements(lambda: client.post("/api/posts/", HELLO, format="json", headers=headers))
    table = "posts_submittedkey"
    key = f"SELECT {table}", "SAVEPOINT", f"INSERT {table}", "RELEASE"
    written = in_transaction(*key, "INSERT posts_post", f"UPDATE {table}")
    assert run == [f"SELECT {table}", *written]


def test_edit_is_two_statements(client: APIClient, post: Post) -> None:
    run = statements(lambda: client.patch(f"/api/posts/{post.pk}/", HELLO, format="json"))
    assert run == in_transaction(FIND_POST, "UPDATE posts_post")


def test_edit_without_a_difference_writes_nothing(client: APIClient, post: Post) -> None:
    same = {"content": post.content}
    run = statements(lambda: client.patch(f"/api/posts/{post.pk}/", same, format="json"))
    assert run == in_transaction(FIND_POST)


def test_deleted_post_takes_its_rows_along_in_one_transaction(
    client: APIClient, post: Post
) -> None:
    run = statements(lambda: client.delete(f"/api/posts/{post.pk}/"))
    assert run[:2] == ["BEGIN", FIND_POST]
    assert run[-2:] == ["DELETE posts_post", "COMMIT"]
    assert not [statement for statement in run if "SAVEPOINT" in statement]
    assert len(run) == 12


def test_like_is_two_statements(client: APIClient, post: Post) -> None:
    run = statements(lambda: client.put(f"/api/posts/{post.pk}/like/"))
    assert run == [FIND_POST, *in_transaction("INSERT posts_like")]


def test_repeated_like_is_one_statement(client: APIClient, post: Post) -> None:
    client.put(f"/api/posts/{post.pk}/like/")
    assert statements(lambda: client.put(f"/api/posts/{post.pk}/like/")) == [FIND_POST]


def test_taken_back_like_is_two_statements(client: APIClient, post: Post) -> None:
    client.put(f"/api/posts/{post.pk}/like/")
    run = statements(lambda: client.delete(f"/api/posts/{post.pk}/like/"))
    assert run == [FIND_POST, *in_transaction("DELETE posts_like")]


def test_like_that_is_not_there_is_taken_back_by_one_statement(
    client: APIClient, post: Post
) -> None:
    assert statements(lambda: client.delete(f"/api/posts/{post.pk}/like/")) == [FIND_POST]


def test_new_comment_is_two_statements(client: APIClient, post: Post) -> None:
    run = statements(lambda: client.post(f"/api/posts/{post.pk}/comments/", HELLO, format="json"))
    assert run == [FIND_POST, *in_transaction("INSERT posts_comment")]


def test_reply_finds_its_comment_too(client: APIClient, post: Post) -> None:
    body = {**HELLO, "reply_to": str(Comment.objects.get().pk)}
    run = statements(lambda: client.post(f"/api/posts/{post.pk}/comments/", body, format="json"))
    assert run == [FIND_POST, "SELECT posts_comment", *in_transaction("INSERT posts_comment")]


@pytest.mark.redis
def test_each_write_asks_redis_to_count_it_and_to_announce_it(
    client: APIClient, post: Post
) -> None:
    writes: list[Callable[[], Any]] = [
        lambda: client.post("/api/posts/", HELLO, format="json"),
        lambda: client.patch(f"/api/posts/{post.pk}/", HELLO, format="json"),
        lambda: client.put(f"/api/posts/{post.pk}/like/"),
        lambda: client.delete(f"/api/posts/{post.pk}/like/"),
        lambda: client.post(f"/api/posts/{post.pk}/comments/", HELLO, format="json"),
        lambda: client.delete(f"/api/posts/{post.pk}/"),
    ]
    writes[0]()  # opens connections and loads scripts

    for write in writes:
        assert redis_keys(write) == ["limits}:writes", "{feed:global}:generation"]


def redis_keys(send: Callable[[], Any]) -> list[str]:
    """Return the first key of each command that `send` sends, without the metrics' commands."""
    outside = servers.redis_client()
    assert outside is not None
    with outside.monitor() as monitor:
        assert send().status_code < 300
        outside.echo("end of this write")
        commands = []
        while "end of this write" not in (command := monitor.next_command())["command"]:
            if command["client_type"] != "lua" and ":stats" not in command["command"]:
                commands.append(command["command"])
    return [_key(command) for command in commands]


def _key(command: str) -> str:
    found = re.search(r"EVALSHA \w+ \d+ \S*?(limits\}:\w+|\{feed:global\}:\w+)", command)
    return found[1] if found else command
