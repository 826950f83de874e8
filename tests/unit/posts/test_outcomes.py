"""Answers to writes that the database did not finish: not saved, or unknown; the text is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from feedsite.commits import note_commits
from posts.errors import OutcomeUnknownError, is_outcome_unknown
from posts.models import Comment, Post, Report, User
from posts.versions import version_of
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import problem, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Typed with care"
UNKNOWN = "It is unknown whether this was saved."


@pytest.fixture
def author() -> User:
    return UserFactory.create()


@pytest.fixture
def post(author: User) -> Post:
    return PostFactory.create(author=author)


@contextmanager
def failing(error: type[Exception], *, when: Callable[[str], bool]) -> Iterator[None]:
    """Raise `error` in place of the statements that `when` accepts."""

    def fail(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if when(sql):
            raise error("no answer")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def quiet(client: Client) -> Client:
    """Return the client, which gets error pages in place of exceptions."""
    client.raise_request_exception = False
    return client


def is_write(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE")) and '"posts_' in sql


FORMS = {
    "post": ("/posts/new/", {"content": TEXT}),
    "edit": ("/posts/{pk}/edit/", {"content": TEXT}),
    "comment": ("/posts/{pk}/comments/", {"content": TEXT}),
    "report": ("/posts/{pk}/report/", {"reason": "spam", "note": TEXT}),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (OperationalError, 503, "This was not saved: the database does not answer."),
        (OutcomeUnknownError, 500, UNKNOWN),
    ],
)
def test_form_comes_back_with_its_text(
    name: str, error: type[Exception], status: int, sentence: str, post: Post, author: User
) -> None:
    path, values = FORMS[name]
    client = quiet(signed_in(author))
    with failing(error, when=is_write):
        answer = client.post(path.format(pk=post.pk), values)
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    assert TEXT in page
    assert "no-store" in answer["Cache-Control"]
    assert answer.has_header("Retry-After") == (status == 503)
    assert not Post.objects.filter(content=TEXT).exists()
    assert not Comment.objects.exists()
    assert not Report.objects.exists()


@pytest.mark.parametrize("name", FORMS)
def test_form_with_a_key_or_a_version_can_be_sent_again(
    name: str, post: Post, author: User
) -> None:
    path, values = FORMS[name]
    hidden = {"version": version_of(post)} if name == "edit" else {"key": "0" * 32}
    client, path = quiet(signed_in(author)), path.format(pk=post.pk)
    with failing(OutcomeUnknownError, when=is_write):
        answer = client.post(path, {**values, **hidden})
    assert answer.status_code == 500
    assert "Send it again: it is not written twice." in answer.content.decode()
    for value in hidden.values():
        assert f'value="{value}"' in answer.content.decode()
    assert client.post(path, {**values, **hidden}).status_code == 302


def test_unsaved_form_is_an_error_page_if_its_page_needs_the_database(author: User) -> None:
    client = quiet(signed_in(author))
    with failing(OutcomeUnknownError, when=lambda sql: "posts_" in sql):
        answer = client.post("/posts/new/", {"content": TEXT})
    assert answer.status_code == 500


def test_program_with_a_key_is_told_that_it_can_send_it_again(author: User) -> None:
    client = quiet(signed_in(author))
    with failing(OutcomeUnknownError, when=is_write):
        answer = client.post(
            "/api/posts/",
            {"content": TEXT},
            content_type="application/json",
            headers={"Idempotency-Key": "a"},
        )
    document = problem(answer, 500)
    assert document["code"] == "outcome_unknown"
    assert "With the same key it can safely be sent again." in document["detail"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(OperationalError, 503, None), (OutcomeUnknownError, 500, "outcome_unknown")],
)
def test_program_is_told_whether_to_send_it_again(
    error: type[Exception], status: int, code: str | None, author: User
) -> None:
    client = quiet(signed_in(author))
    with failing(error, when=is_write):
        answer = client.post("/api/posts/", {"content": TEXT}, content_type="application/json")
    document = problem(answer, status)
    assert document.get("code") == code
    assert answer.has_header("Retry-After") == (status == 503)
    assert (UNKNOWN in document["detail"]) == (code is not None)


def handled(view: Callable[[HttpRequest], Any], *, method: str = "POST") -> HttpRequest:
    """Return the request after its view, which may fail, ran below the middleware."""
    request = RequestFactory().generic(method, "/")

    def answer(request: HttpRequest) -> HttpResponse:
        view(request)
        return HttpResponse()

    with suppress(OperationalError):
        note_commits(answer)(request)
    return request


def test_failure_after_a_commit_is_unknown(author: User) -> None:
    def write_twice(_: HttpRequest) -> None:
        Post.objects.create(author=author, content=TEXT)
        raise OperationalError

    assert is_outcome_unknown(handled(write_twice), OperationalError())
    assert not is_outcome_unknown(handled(write_twice, method="GET"), OperationalError())


def test_failure_after_a_rollback_is_not_unknown(author: User) -> None:
    def roll_back(_: HttpRequest) -> None:
        with transaction.atomic():
            Post.objects.create(author=author, content=TEXT)
            raise OperationalError

    assert not is_outcome_unknown(handled(roll_back), OperationalError())


def test_savepoint_that_was_rolled_back_does_not_hide_a_commit(author: User) -> None:
    def write(_: HttpRequest) -> None:
        with transaction.atomic():
            with transaction.atomic():
                Post.objects.create(author=author, content=TEXT)
                transaction.set_rollback(True)
            Post.objects.create(author=author, content=TEXT)
        raise OperationalError

    assert is_outcome_unknown(handled(write), OperationalError())


def test_use_of_a_token_is_no_commit_of_its_client(author: User) -> None:
    client = quiet(Client(headers={"Authorization": f"Bearer {_token(author)}"}))
    with failing(OperationalError, when=lambda sql: 'INTO "posts_post"' in sql):
        answer = client.post("/api/posts/", {"content": TEXT}, content_type="application/json")
    problem(answer, 503)


def _token(user: User) -> str:
    from posts import tokens

    return tokens.issue(user).secret
