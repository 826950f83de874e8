"""Mail of the real server, with its task worker, while the mail server hangs."""

import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from posts.models import User
from tests.factories import UserFactory
from tests.mail_server import MailServer
from tests.site import Site

Serve = Callable[..., Site]
Wait = Callable[..., None]
PASSWORD = "correct horse battery"


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer("hangs") as server:
        yield server


def post_form(site: Site, path: str, **fields: str) -> str:
    """Send a form as a browser does; return where it redirects to."""
    form = site.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token
    headers = {
        "Cookie": form.headers["Set-Cookie"].split(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": token[1],
    }
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("POST", path, urlencode(fields), headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.headers["Location"] or ""


def test_mail_waits_for_a_hung_server_and_is_delivered_once(
    serve: Serve, smtp: MailServer, wait_until: Wait
) -> None:
    UserFactory.create(username="owner", email="owner@example.org")
    site = serve(
        EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}",
        DEFAULT_FROM_EMAIL="feed@example.org",
        TASK_WORKER="1",
        WEB_WORKERS="1",
    )
    sign_up = {"username": "ada", "email": "ada@example.org"}
    sign_up |= {"password1": PASSWORD, "password2": PASSWORD}
    assert post_form(site, "/accounts/signup/", **sign_up) == "/accounts/welcome/"
    reset = "/accounts/password/reset/"
    assert post_form(site, reset, email="owner@example.org") == f"{reset}done/"
    # Both were answered, and the first message still waits for a greeting of the mail server.
    wait_until(lambda: smtp.connections, 30)
    assert User.objects.filter(username="ada").exists()
    wait_until(lambda: site.get("/health/tasks").json().get("failed") == 0)
    assert DBTaskResult.objects.count() == 2
    assert not smtp.messages
    smtp.recover()

    def is_done() -> bool:
        # Time passes for those that wait for their next attempt.
        delayed = DBTaskResult.objects.filter(status="READY", run_after__gt=timezone.now())
        if delayed.exists():  # an update would lock SQLite in each round
            delayed.update(run_after=timezone.now())
        return not DBTaskResult.objects.exists()

    wait_until(is_done, 60)
    recipients = [re.findall(r"^To: (.*)\r$", text, re.MULTILINE) for text in smtp.messages]
    assert sorted(recipients) == [["ada@example.org"], ["owner@example.org"]]
    assert site._process
    site._process.terminate()  # only the main process, as a container is stopped
    assert site._process.wait(30) == 0
    assert "task worker stopped" in site.log()
