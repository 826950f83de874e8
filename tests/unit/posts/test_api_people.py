"""The API of one's own account, of mutes and of reports."""

import pytest
from django.test import Client

from posts.models import Mute, Report
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.feed.reading import refused_fields
from tests.unit.posts.calls import call, fields, problem, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_me_is_the_account_of_the_request() -> None:
    ada = UserFactory.create(username="ada", display_name="Ada", bio="Numbers.")
    answer = signed_in(ada).get("/api/me/")
    me = answer.json()
    assert (me["id"], me["username"], me["display_name"]) == (str(ada.pk), "ada", "Ada")
    assert (me["bio"], me["may_write"]) == ("Numbers.", ada.may_write)
    assert answer["Cache-Control"] == "private, no-cache"
    assert refused_fields(signed_in(ada).get("/api/me/?x=1")) == ["x"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/me/"),
        ("get", "/api/mutes/"),
        ("put", "/api/authors/ada/mute/"),
        ("put", "/api/posts/1/report/"),
        ("put", "/api/comments/1/report/"),
    ],
)
def test_signed_out_is_a_401(method: str, path: str) -> None:
    problem(call(Client(), method, path), 401)


def test_mute_and_unmute_and_both_again() -> None:
    user, ada = UserFactory.create(), UserFactory.create(username="ada")
    client = signed_in(user)
    for _ in range(2):
        assert call(client, "put", "/api/authors/ada/mute/").json() == {"muted": True}
    people = client.get("/api/mutes/").json()["people"]
    assert [person["id"] for person in people] == [str(ada.pk)]
    assert signed_in(ada).get("/api/mutes/").json() == {"people": []}
    for _ in range(2):
        assert call(client, "delete", "/api/authors/ada/mute/").json() == {"muted": False}
    assert not Mute.objects.exists()


def test_nobody_mutes_themselves_or_somebody_who_is_not_there() -> None:
    ada = UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)
    for name in ("ada", "gone", "nobody", "%00"):
        problem(call(signed_in(ada), "put", f"/api/authors/{name}/mute/"), 404)
    assert not Mute.objects.exists()


def test_somebody_who_left_can_be_unmuted() -> None:
    mute = Mute.objects.create(
        user=UserFactory.create(), muted=UserFactory.create(username="ada", is_active=False)
    )
    assert call(signed_in(mute.user), "delete", "/api/authors/ada/mute/").status_code == 200
    assert not Mute.objects.exists()


@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_second_report_replaces_the_first_and_opens_it_again(kind: str) -> None:
    subject = PostFactory.create() if kind == "posts" else CommentFactory.create()
    client, path = signed_in(), f"/api/{kind}/{subject.pk}/report/"
    first = call(client, "put", path, {"reason": "spam"})
    assert (first.status_code, first.json()) == (200, {"reason": "spam", "note": ""})
    Report.objects.update(resolved_at="2026-01-01T00:00:00Z")
    call(client, "put", path, {"reason": "abuse", "note": "Twice"})
    report = Report.objects.get()
    assert (report.reason, report.note, report.resolved_at) == ("abuse", "Twice", None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"reason"}),
        ({"reason": "dislike"}, {"reason"}),
        ({"reason": "spam", "note": "x" * 501}, {"note"}),
        ({"reason": "spam", "text": "x"}, {"text"}),
    ],
)
def test_invalid_report_is_refused_by_field_name(body: dict[str, str], named: set[str]) -> None:
    path = f"/api/posts/{PostFactory.create().pk}/report/"
    assert fields(call(signed_in(), "put", path, body)) == named
    assert not Report.objects.exists()


def test_post_that_nobody_sees_cannot_be_reported() -> None:
    post = PostFactory.create(author__is_active=False)
    problem(call(signed_in(), "put", f"/api/posts/{post.pk}/report/", {"reason": "spam"}), 404)
