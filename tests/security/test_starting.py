"""Unsafe settings stop the start, and debug pages show no secret."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from feedsite import environment, secret_keys
from feedsite.server import check_deployment
from tests.unit.feedsite.test_starting import MANAGE, SERVER, run

KEY = secrets.token_urlsafe(50)
GUESSABLE = {
    "of one letter": "k" * 60,
    "of four letters": "abcd" * 20,
    "short": secrets.token_urlsafe(50)[:49],
    "of a new project": f"django-insecure-{secrets.token_urlsafe(50)}",
}


def refused(command: tuple[str, ...], **env: str) -> str:
    """Return the one line of the error that stops this start."""
    ended = run(*command, **{"SECRET_KEY": KEY, "PORT": "1", **env})
    assert ended.returncode == 1, ended.stdout
    lines: list[str] = ended.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Wrong setting: ")
    assert KEY not in lines[0]
    return lines[0].removeprefix("Wrong setting: ")


@pytest.mark.parametrize("key", GUESSABLE.values(), ids=GUESSABLE)
def test_weak_secret_key_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must have at least 50") as caught:
        secret_keys.secret_key()
    assert "token_urlsafe(50)" in str(caught.value)
    assert "sign in again" in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize("command", [MANAGE, SERVER], ids=["manage.py", "server"])
def test_weak_secret_key_stops_each_program(command: tuple[str, ...]) -> None:
    assert refused(command, SECRET_KEY="k").startswith("SECRET_KEY must have at least 50")


@pytest.mark.parametrize("key", GUESSABLE.values(), ids=GUESSABLE)
def test_weak_fallback_key_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", f"{KEY},{key}")
    with pytest.raises(
        ImproperlyConfigured, match="SECRET_KEY_FALLBACKS must have at least 50"
    ) as caught:
        secret_keys.secret_key_fallbacks()
    assert key not in str(caught.value)


@pytest.mark.django_db
def test_sessions_survive_a_change_of_the_secret_key(
    settings: Settings, django_user_model: Any
) -> None:
    client, old = Client(), settings.SECRET_KEY
    user = django_user_model.objects.create_user("ada")
    client.force_login(user)
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get("/accounts/profile/").status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets.token_urlsafe(50), []
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize(
    ("command", "env", "variable"),
    [
        (MANAGE, {"ALLOWED_HOSTS": "feed.example.org"}, "ALLOWED_HOSTS"),
        (SERVER, {"HOST": "0.0.0.0"}, "HOST"),
    ],
    ids=["manage.py", "server"],
)
def test_debug_mode_stops_the_start_if_other_machines_reach_the_site(
    command: tuple[str, ...], env: dict[str, str], variable: str
) -> None:
    sentence = refused(command, DEBUG="1", **env)
    assert sentence.startswith("DEBUG=1 is only for a site that other machines cannot reach")
    assert variable in sentence


@pytest.mark.parametrize(
    ("hosts", "address", "variable"),
    [
        (["feed.example.org"], "127.0.0.1", "ALLOWED_HOSTS"),
        (["localhost", ".example.org"], "127.0.0.1", "ALLOWED_HOSTS"),
        (["localhost"], "0.0.0.0", "HOST"),
        (["localhost"], "::", "HOST"),
    ],
)
def test_debug_mode_is_refused_if_other_machines_reach_the_site(
    monkeypatch: pytest.MonkeyPatch, hosts: list[str], address: str, variable: str
) -> None:
    monkeypatch.setenv("DEBUG", "1")
    sentence = f"^DEBUG=1 is only for a site that other machines cannot reach: .* {variable} to "
    with pytest.raises(ImproperlyConfigured, match=sentence):
        environment.debug(allowed_hosts=hosts, address=address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_debug_mode_is_allowed_on_a_local_site(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DEBUG", "1")
    assert environment.debug(allowed_hosts=["localhost", "[::1]"], address=host)


@pytest.mark.parametrize(
    "hosts",
    [
        "https://feed.example.org",
        "*",
        "*.example.org",
        "feed.example.org,",
        "a.org,,b.org",
        ",",
        "feed.example.org:8000",
        "feed.example.org/path",
        "a.org b.org",
        "..",
        "[]",
    ],
)
def test_host_name_that_matches_nothing_or_everything_is_refused(
    monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    with pytest.raises(ImproperlyConfigured, match=r"^ALLOWED_HOSTS must be host names"):
        environment.hosts("ALLOWED_HOSTS", default=["localhost"])


@pytest.mark.parametrize(
    ("hosts", "means"),
    [
        ("", ["localhost"]),
        ("feed.example.org", ["feed.example.org"]),
        (" .example.org , 10.0.0.1,[2001:db8::1], web ", None),
    ],
)
def test_host_names_and_addresses_are_accepted(
    monkeypatch: pytest.MonkeyPatch, hosts: str, means: list[str] | None
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    read = environment.hosts("ALLOWED_HOSTS", default=["localhost"])
    assert read == (means or [".example.org", "10.0.0.1", "[2001:db8::1]", "web"])


def test_public_site_without_https_is_refused() -> None:
    sentence = refused(SERVER, ALLOWED_HOSTS="feed.lan", HTTPS="0")
    assert sentence.startswith("HTTPS=0 is only for a site that other machines cannot reach")


def test_failed_deployment_check_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**kwargs: Any) -> list[checks.CheckMessage]:
        assert kwargs == {"include_deployment_checks": True}
        return [checks.Info("Fine."), checks.Warning("Not so.", hint="Mend it.", id="x.W1")]

    monkeypatch.setattr(checks, "run_checks", fails)
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    check_deployment()
    settings.ALLOWED_HOSTS = ["feed.example.org"]
    with pytest.raises(ImproperlyConfigured, match=r"^\(x.W1\) Not so. Mend it.$"):
        check_deployment()
    settings.SILENCED_SYSTEM_CHECKS = ["x.W1"]
    check_deployment()


def test_hsts_preload_without_subdomains_is_refused() -> None:
    assert refused(MANAGE, HSTS_PRELOAD="1") == "HSTS_PRELOAD=1 needs HSTS_SUBDOMAINS=1 as well."


def test_debug_page_shows_no_environment_values(tmp_path: Path) -> None:
    # The WSGI environ contains the process environment, as in the development server.
    script = """
import os, django
from unittest import mock
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, **os.environ | {"HTTP_HOST": "localhost"})
pages = [client.get("/?asked=this", headers={"host": "evil.example.org"}), client.get("/nothing/")]
connect = "django.db.backends.sqlite3.base.DatabaseWrapper.get_new_connection"
with mock.patch(connect, side_effect=RuntimeError):
    form = {"login": "ada", "password": "MY-PASS"}
    pages.append(client.post("/accounts/login/", form, headers={"cookie": "other=MY-COOKIE"}))
print(*(page.status_code for page in pages))
for page in pages:
    print(page.content.decode())
"""
    process = run(
        "-c",
        script,
        SECRET_KEY=KEY,
        DEBUG="1",
        DATABASE_URL=f"sqlite:///{tmp_path}/MY-DATABASE",
        EMAIL_URL="submission://me:MY-MAIL@mail.example.org",
        OTHER="MY-OTHER",
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[0] == "400 404 500"
    assert "DisallowedHost" in process.stdout
    assert "RuntimeError" in process.stdout
    assert "asked=this" in process.stdout
    assert KEY not in process.stdout
    assert "MY-" not in process.stdout
