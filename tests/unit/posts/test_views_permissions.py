"""Permissions and limits of the forms, and rows that do not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from posts.models import Comment, CommentLike, Like, Post, Report, User
from tests.factories import CommentFactory, PostFactory, UserFactory, permitted
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db

OWN = ["/posts/{post}/edit/", "/posts/{post}/delete/", "/comments/{comment}/delete/"]
OF_AUTHOR = "/comments/{comment}/edit/"  # moderators put no words in others' mouths
REPORTS = ["/posts/{post}/report/", "/comments/{comment}/report/"]
LIKES = ["/posts/{post}/like/", "/comments/{comment}/like/"]
OF_A_POST = [*LIKES, "/posts/{post}/comments/", OF_AUTHOR, *REPORTS, *OWN]
ACCOUNT = ["/accounts/profile/", "/accounts/sessions/", "/accounts/delete/"]
FORMS = ["/posts/new/", *OF_A_POST, *ACCOUNT]
CHANGES = {"content": "changed", "action": "like", "reason": "spam", "password": "no", "bio": "new"}
POWERS = ("change_post", "delete_post", "delete_comment")
SHOWN_AGAIN = {"new", "edit", "comments", "report", "profile"}


def rows() -> list[Any]:
    models: list[Any] = [Post, Comment, Like, CommentLike, Report]
    people = User.objects.exclude(display_name="", bio="").values_list("pk", "display_name", "bio")
    return [list(people), *(list(model.objects.values_list()) for model in models)]


@pytest.fixture
def comment() -> Comment:
    written: Comment = CommentFactory.create()
    return written


def kept_by_its_reader_alone(response: Any) -> bool:
    directives = response["Cache-Control"].split(", ")
    return set(directives) == {"private", "no-cache"}


def at(path: str, comment: Comment) -> str:
    return path.format(post=comment.post_id, comment=comment.pk)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_writing_needs_a_sign_in(method: str, path: str, comment: Comment) -> None:
    before, path = rows(), at(path, comment)
    response = getattr(Client(), method)(path, CHANGES)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/")
    assert kept_by_its_reader_alone(response)
    assert rows() == before


@pytest.mark.parametrize("path", [*OWN, OF_AUTHOR])
@pytest.mark.parametrize("method", ["get", "post"])
def test_content_of_others_can_not_be_changed(method: str, path: str, comment: Comment) -> None:
    before = rows()
    assert getattr(signed_in(), method)(at(path, comment), CHANGES).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("path", OWN)
def test_moderator_may_change_any_content(path: str, comment: Comment) -> None:
    before, moderator = rows(), signed_in(permitted(*POWERS))
    assert moderator.get(at(path, comment)).status_code == 200
    assert moderator.post(at(path, comment), CHANGES).status_code == 302
    assert rows() != before


@pytest.mark.parametrize("path", OF_A_POST)
@pytest.mark.parametrize("method", ["get", "post"])
def test_missing_row_is_not_found(method: str, path: str) -> None:
    staff = signed_in(UserFactory.create(is_staff=True))
    for missing in (7, 10**30):
        address = path.format(post=missing, comment=missing)
        assert getattr(staff, method)(address, CHANGES).status_code == 404


@pytest.mark.parametrize("path", OF_A_POST)
def test_content_of_a_deactivated_account_is_not_found(path: str, comment: Comment) -> None:
    User.objects.filter(pk=comment.post.author_id).update(is_active=False)
    staff = signed_in(UserFactory.create(is_staff=True))
    assert staff.post(at(path, comment), CHANGES).status_code == 404


@pytest.mark.parametrize("path", [OF_AUTHOR])
@pytest.mark.parametrize("method", ["get", "post"])
def test_comment_is_edited_by_its_author_alone(method: str, path: str, comment: Comment) -> None:
    before = rows()
    moderator = signed_in(permitted(*POWERS, "change_comment"))
    assert getattr(moderator, method)(at(path, comment), CHANGES).status_code == 403
    assert rows() == before
    author = signed_in(comment.author)
    assert getattr(author, method)(at(path, comment), CHANGES).status_code in {200, 302}
    assert (rows() != before) == (method == "post")


@pytest.mark.parametrize("path", [*LIKES, "/posts/{post}/comments/"])
def test_redirect_after_sign_in_exists(path: str, comment: Comment) -> None:
    assert signed_in().get(at(path, comment), follow=True).status_code == 200


@pytest.mark.parametrize("path", FORMS)
def test_form_of_another_site_is_refused(path: str, comment: Comment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(comment.author)
    before = rows()
    assert client.post(at(path, comment), CHANGES).status_code == 403
    assert rows() == before


@pytest.mark.parametrize(
    "path", ["/posts/new/", "/posts/{post}/comments/", *REPORTS, *OWN, *ACCOUNT]
)
def test_form_is_cached_privately_only(path: str, comment: Comment) -> None:
    response = signed_in(permitted(*POWERS)).get(at(path, comment))
    assert kept_by_its_reader_alone(response)
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize("path", FORMS)
def test_write_above_the_limit_keeps_its_text(
    path: str, comment: Comment, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "writes": (1, 60)}
    own = path in {*ACCOUNT, OF_AUTHOR}
    author = comment.author if own else permitted(*POWERS)
    client = signed_in(author)
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery", "next": "/"})
    client.post("/posts/new/", {"content": "the one of this minute"})
    before = rows()

    typed = dict.fromkeys(["content", "note", "bio"], "one too many")
    response = client.post(at(path, comment), {**typed, "action": "like", "reason": "spam"})

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 120
    assert "Nothing is lost" in page(response)
    assert ("one too many" in page(response)) == (path.split("/")[-2] in SHOWN_AGAIN)
    assert rows() == before


# --- Deleted between the read and the write ------------------------------------------------------


def deleted_before(statement: str) -> Callable[..., Any]:
    """Delete the post as another session, right before `statement` is sent."""

    def execute(send: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if statement in sql:
            context["cursor"].cursor.execute("DELETE FROM posts_post")
        return send(sql, params, many, context)

    return execute


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "statement"),
    [
        # The query that locks it for the edit; the read before joins its author.
        ("/posts/{post}/edit/", 'FROM "posts_post" WHERE "posts_post"."id" ='),
        ("/posts/{post}/like/", 'INSERT INTO "posts_like"'),
        ("/posts/{post}/comments/", 'INSERT INTO "posts_comment"'),
    ],
)
def test_post_deleted_meanwhile_is_not_found_and_stays_deleted(path: str, statement: str) -> None:
    post = PostFactory.create(content="gone in a moment")
    client = signed_in(post.author)
    with connection.execute_wrapper(deleted_before(statement)):
        response = client.post(path.format(post=post.pk), CHANGES)
    assert response.status_code == 404
    assert not Post.objects.filter(content="changed").exists()
    assert not Comment.objects.exists()
    assert not Like.objects.exists()
