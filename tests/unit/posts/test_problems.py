"""Error responses: a problem for programs, a page for people, and no details."""

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

with_database = pytest.mark.django_db
with_faults = pytest.mark.urls(__name__)


@with_database
@with_faults
@pytest.mark.parametrize(
    ("fault", "status"), [("bad", 400), ("denied", 403), ("gone", 404), ("broken", 500)]
)
@pytest.mark.parametrize("place", ["/fail", "/api/plain", "/api/drf"])
def test_error_is_a_problem_or_a_page_without_details(place: str, fault: str, status: int) -> None:
    response = Client(raise_request_exception=False).get(f"{place}/{fault}/")
    if place == "/fail":
        assert response.status_code == status
        assert response["Content-Type"].startswith("text/html")
        assert b"<h1" in response.content
    else:
        problem(response, status)
    assert response["Cache-Control"] == "no-store"
    assert SECRET not in response.content.decode()


@with_database
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_path_is_a_problem_under_api_and_a_page_elsewhere(method: str) -> None:
    problem(getattr(Client(), method)("/api/nothing/"), 404)
    page = getattr(Client(), method)("/nothing/")
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")


@with_database
def test_unknown_host_is_refused() -> None:
    for address in ("/nothing/", "/api/nothing/"):
        response = Client(headers={"Host": "evil.example"}).get(address)
        assert response.status_code == 400


@with_database
def test_form_without_a_csrf_token_is_refused_with_a_page() -> None:
    post = PostFactory.create()
    client = Client(enforce_csrf_checks=True)
    client.force_login(post.author)
    response = client.post(f"/posts/{post.pk}/like/", {"action": "like"})
    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/html")
    assert not Like.objects.exists()


def test_failed_csrf_check_under_api_is_a_problem() -> None:
    response = problems.csrf_failure(RequestFactory().post("/api/plain/"))
    assert (response.status_code, response["Content-Type"]) == (403, problems.MEDIA_TYPE)


@with_database
def test_rendering_error_of_an_api_view_is_a_problem() -> None:
    problem(Client().get("/api/posts/1/", headers={"Accept": "text/csv"}), 406)
    problem(Client().get("/api/schema/", headers={"Accept": "image/png"}), 406)
    problem(signed_in().post("/api/schema/"), 405)
    problem(signed_in().delete("/api/docs/"), 405)


@with_database
@with_faults
def test_error_without_a_template_has_a_page(settings: Settings) -> None:
    settings.TEMPLATES = [{"BACKEND": settings.TEMPLATES[0]["BACKEND"]}]
    response = Client(raise_request_exception=False).get("/fail/broken/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@with_database
@with_faults
def test_error_with_a_failing_template_has_a_page(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "500.html").write_text("{% url 'nowhere' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(raise_request_exception=False).get("/fail/broken/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@with_database
def test_failing_template_of_an_error_page_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("{% url 'nowhere' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(raise_request_exception=False).get("/nothing/")
    assert response.status_code == 500
    assert b"<h1>Internal Server Error</h1>" in response.content


@with_database
def test_page_for_a_bad_request_does_not_use_the_request(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "400.html").write_text("The host: {{ request.get_host }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    response = Client(headers={"Host": "evil.example"}).get("/nothing/")
    assert (response.status_code, response.content) == (400, b"The host: ")


@pytest.fixture
def lost_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Disconnect the database until the test ends; return a client that was signed in before."""
    PostFactory.create(pk=1)
    client = signed_in(LikeFactory.create().user)
    key = "NAME" if connection.vendor == "sqlite" else "HOST"
    _disconnect()
    with monkeypatch.context() as lost:
        lost.setitem(connection.settings_dict, key, "/nowhere/at/all")
        # The same answer as after the timeout in the settings, but sooner.
        pool = connection.settings_dict["OPTIONS"].get("pool", {})
        lost.setitem(pool, "timeout", 0.1)
        yield client
        _disconnect()


def _disconnect() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's alone


@pytest.mark.parametrize("address", ["/api/posts/1/", "/api/posts/1/comments/", "/posts/1/"])
def test_lost_database_gives_503_with_retry_after(lost_database: Client, address: str) -> None:
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


def test_page_for_a_lost_database_reads_no_session(
    lost_database: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "503.html").write_text("The reader: {{ user.username }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    lost_database.raise_request_exception = False
    response = lost_database.get("/posts/new/")
    assert (response.status_code, response.content) == (503, b"The reader: ")


def test_write_to_a_lost_database_gives_503(lost_database: Client) -> None:
    lost_database.raise_request_exception = False
    response = lost_database.put("/api/posts/1/like/")
    problem(response, 503)
    assert response["Retry-After"] == "5"
