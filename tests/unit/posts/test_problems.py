"""Errors: a problem for programs, a page for people, and no fault that shows its insides."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.urls import include, path
from pytest_django import Settings
from rest_framework.views import APIView

from posts import problems
from posts.models import Like
from tests.factories import LikeFactory, PostFactory
from tests.unit.posts.calls import problem, signed_in

SECRET = "the insides"
FAULTS: dict[str, type[Exception]] = {
    "bad": SuspiciousOperation,
    "denied": PermissionDenied,
    "gone": Http404,
    "broken": ZeroDivisionError,
}


def fail(request: HttpRequest, fault: str) -> NoReturn:
    raise FAULTS[fault](SECRET)


class Failing(APIView):
    def get(self, request: Any, fault: str) -> NoReturn:
        raise FAULTS[fault](SECRET)


urlpatterns = [
    path("fail/<fault>/", fail),
    path("api/plain/<fault>/", fail),
    path("api/drf/<fault>/", Failing.as_view()),
    path("", include("feedsite.urls")),
]
handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler500 = problems.server_error

anybody = pytest.mark.django_db
with_faults = pytest.mark.urls(__name__)


@anybody
@with_faults
@pytest.mark.parametrize(
    ("fault", "status"), [("bad", 400), ("denied", 403), ("gone", 404), ("broken", 500)]
)
@pytest.mark.parametrize("place", ["/fail", "/api/plain", "/api/drf"])
def test_a_fault_is_answered_in_its_readers_form_without_its_insides(
    place: str, fault: str, status: int
) -> None:
    response = Client(raise_request_exception=False).get(f"{place}/{fault}/")
    if place == "/fail":
        assert response.status_code == status
        assert response["Content-Type"].startswith("text/html")
        assert b"<h1" in response.content
    else:
        problem(response, status)
    assert response["Cache-Control"] == "no-store"
    assert SECRET not in response.content.decode()


@anybody
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem_under_api_and_a_page_elsewhere(method: str) -> None:
    problem(getattr(Client(), method)("/api/nothing/"), 404)
    page = getattr(Client(), method)("/nothing/")
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")


@anybody
def test_a_host_that_is_not_ours_is_refused() -> None:
    for address in ("/nothing/", "/api/nothing/"):
        response = Client(headers={"Host": "evil.example"}).get(address)
        assert response.status_code == 400


@anybody
def test_a_form_without_its_token_against_forgery_is_refused_with_a_page() -> None:
    post = PostFactory.create()
    client = Client(enforce_csrf_checks=True)
    client.force_login(post.author)
    response = client.post(f"/posts/{post.pk}/like/", {"action": "like"})
    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/html")
    assert not Like.objects.exists()


def test_a_failed_check_against_forgery_under_api_is_a_problem() -> None:
    response = problems.csrf_failure(RequestFactory().post("/api/plain/"))
    assert (response.status_code, response["Content-Type"]) == (403, problems.MEDIA_TYPE)


@anybody
def test_what_an_api_view_can_not_render_is_a_problem_too() -> None:
    problem(Client().get("/api/posts/1/", headers={"Accept": "text/csv"}), 406)
    problem(Client().get("/api/schema/", headers={"Accept": "image/png"}), 406)
    problem(signed_in().post("/api/schema/"), 405)
    problem(signed_in().delete("/api/docs/"), 405)


@anybody
@with_faults
def test_without_a_template_a_fault_still_has_a_page(settings: Settings) -> None:
    settings.TEMPLATES = [{"BACKEND": settings.TEMPLATES[0]["BACKEND"]}]
    response = Client(raise_request_exception=False).get("/fail/broken/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@anybody
@with_faults
def test_with_a_template_that_fails_a_fault_still_has_a_page(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "500.html").write_text("{% url 'nowhere' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(raise_request_exception=False).get("/fail/broken/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@anybody
def test_an_error_page_whose_template_fails_is_a_fault(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("{% url 'nowhere' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(raise_request_exception=False).get("/nothing/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@anybody
def test_the_page_for_a_bad_request_does_not_ask_the_request(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "400.html").write_text("The host: {{ request.get_host }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(headers={"Host": "evil.example"}).get("/nothing/")
    assert (response.status_code, response.content) == (400, b"The host: ")


@pytest.fixture
def lost_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The database is where nobody answers until the test ends; a client that had signed in."""
    PostFactory.create(pk=1)
    client = signed_in(LikeFactory.create().user)
    key = "NAME" if connection.vendor == "sqlite" else "HOST"
    _disconnect()
    with monkeypatch.context() as lost:
        lost.setitem(connection.settings_dict, key, "/nowhere/at/all")
        # The same answer as after the two seconds of the settings, sooner.
        pool = connection.settings_dict["OPTIONS"].get("pool", {})
        lost.setitem(pool, "timeout", 0.1)
        yield client
        _disconnect()


def _disconnect() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's alone


@pytest.mark.parametrize("address", ["/api/posts/1/", "/api/posts/1/comments/", "/posts/1/"])
def test_a_lost_database_is_answered_by_503_and_when_to_try_again(
    lost_database: Client, address: str
) -> None:
    for client in (Client(raise_request_exception=False), lost_database):
        client.raise_request_exception = False
        response = client.get(address)
        if address.startswith("/api/"):
            problem(response, 503)
        else:
            assert response.status_code == 503
            assert b"<h1" in response.content
        assert response["Retry-After"] == "5"
        assert response["Cache-Control"] == "no-store"


def test_the_page_for_a_lost_database_does_not_ask_who_is_signed_in(
    lost_database: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "503.html").write_text("The reader: {{ user.username }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    lost_database.raise_request_exception = False
    response = lost_database.get("/posts/new/")
    assert (response.status_code, response.content) == (503, b"The reader: ")


def test_a_write_to_a_lost_database_is_answered_by_503(lost_database: Client) -> None:
    lost_database.raise_request_exception = False
    response = lost_database.put("/api/posts/1/like/")
    problem(response, 503)
    assert response["Retry-After"] == "5"
