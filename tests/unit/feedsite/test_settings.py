"""The settings module, executed again with the environment of each test."""

import runpy
import secrets
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from feedsite import environment
from tests.servers import SETTINGS_NAMES

KEY = secrets.token_urlsafe(50)


@pytest.fixture(autouse=True)
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in SETTINGS_NAMES.split():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", KEY)
    # Loggers in use would ignore what other tests configure later.
    monkeypatch.setattr(structlog, "configure", lambda **_: None)
    return monkeypatch


def settings() -> dict[str, Any]:
    return runpy.run_path(str(Path(environment.__file__).with_name("settings.py")))


def test_defaults_are_a_local_site_without_debug() -> None:
    read = settings()
    assert read["DEBUG"] is False
    assert set(read["ALLOWED_HOSTS"]) == {"localhost", "127.0.0.1", "[::1]"}
    assert [read["HOST"], read["PORT"]] == ["127.0.0.1", 8000]
    assert [read["WEB_WORKERS"], read["WEB_THREADS"], read["TRUSTED_PROXIES"]] == [1, 4, 0]
    assert read["REDIS_URL"] is None
    assert read["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")


def test_debug_is_on_if_the_variable_is_1(env: pytest.MonkeyPatch) -> None:
    env.setenv("DEBUG", "1")
    assert settings()["DEBUG"] is True


@pytest.mark.parametrize("hosts", ["localhost", "127.0.0.1,localhost", "[::1]"])
def test_local_site_is_served_without_tls(env: pytest.MonkeyPatch, hosts: str) -> None:
    env.setenv("ALLOWED_HOSTS", hosts)
    read = settings()
    assert [read["SECURE_SSL_REDIRECT"], read["SESSION_COOKIE_SECURE"]] == [False, False]
    assert read["SECURE_HSTS_SECONDS"] == 0


@pytest.mark.parametrize(
    "hosts", ["feed.example.org", "localhost,feed.example.org", ".example.org"]
)
def test_other_sites_require_tls(env: pytest.MonkeyPatch, hosts: str) -> None:
    env.setenv("ALLOWED_HOSTS", hosts)
    read = settings()
    assert read["SECURE_SSL_REDIRECT"] is True
    assert [read["SESSION_COOKIE_SECURE"], read["CSRF_COOKIE_SECURE"]] == [True, True]
    assert read["SECURE_HSTS_SECONDS"] > 0
    assert [read["SECURE_HSTS_INCLUDE_SUBDOMAINS"], read["SECURE_HSTS_PRELOAD"]] == [False, False]


def test_hsts_covers_subdomains_and_preload_if_set(env: pytest.MonkeyPatch) -> None:
    env.setenv("HSTS_SUBDOMAINS", "1")
    env.setenv("HSTS_PRELOAD", "1")
    read = settings()
    assert [read["SECURE_HSTS_INCLUDE_SUBDOMAINS"], read["SECURE_HSTS_PRELOAD"]] == [True, True]


def test_tls_can_be_turned_off(env: pytest.MonkeyPatch) -> None:
    env.setenv("ALLOWED_HOSTS", "feed.lan")
    env.setenv("HTTPS", "0")
    assert settings()["SECURE_SSL_REDIRECT"] is False


def test_forwarded_headers_are_trusted_only_behind_our_proxies(
    env: pytest.MonkeyPatch,
) -> None:
    assert settings()["SECURE_PROXY_SSL_HEADER"] is None
    env.setenv("TRUSTED_PROXIES", "2")
    read = settings()
    assert read["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert read["REST_FRAMEWORK"]["NUM_PROXIES"] == 2
    assert read["ALLAUTH_TRUSTED_PROXY_COUNT"] == 2


def test_each_variable_sets_its_setting(env: pytest.MonkeyPatch) -> None:
    values = {
        "CSRF_TRUSTED_ORIGINS": ("https://a.org,https://b.org", ["https://a.org", "https://b.org"]),
        "WEB_WORKERS": ("3", 3),
        "WEB_THREADS": ("5", 5),
        "PORT": ("9000", 9000),
        "HOST": ("0.0.0.0", "0.0.0.0"),
        "REDIS_URL": ("redis://cache.example.org", "redis://cache.example.org"),
        "DEFAULT_FROM_EMAIL": ("feed@example.org", "feed@example.org"),
        "EDGE_S_MAXAGE_SECONDS": ("10", 10),
        "EDGE_STALE_WHILE_REVALIDATE_SECONDS": ("20", 20),
        "EDGE_STALE_IF_ERROR_SECONDS": ("30", 30),
    }
    for name, (value, _) in values.items():
        env.setenv(name, value)
    read = settings()
    assert {name: read[name] for name in values} == {
        name: means for name, (_, means) in values.items()
    }
    assert read["CACHES"]["default"]["LOCATION"] == "redis://cache.example.org"
    assert read["DATABASES"]["default"]["OPTIONS"]["timeout"] > 0


def test_email_url_sets_the_mail_server(env: pytest.MonkeyPatch) -> None:
    env.setenv("EMAIL_URL", "submission://me:pw@mail.example.org")
    read = settings()
    assert read["EMAIL_BACKEND"] == "background.mail_queue.QueueBackend"
    assert [read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_TLS"]] == [
        "mail.example.org",
        587,
        True,
    ]


@pytest.mark.parametrize(
    ("given", "confirms"),
    [
        ({}, False),
        ({"CONFIRM_ADDRESSES": "1"}, True),
        ({"EMAIL_URL": "smtp://mail.example.org"}, True),
        ({"EMAIL_URL": "smtp://mail.example.org", "CONFIRM_ADDRESSES": "0"}, False),
        ({"ALLOWED_HOSTS": "feed.example.org"}, False),
    ],
)
def test_addresses_are_confirmed_by_default_if_mail_is_sent(
    env: pytest.MonkeyPatch, given: dict[str, str], confirms: bool
) -> None:
    for name, value in given.items():
        env.setenv(name, value)
    read = settings()
    assert read["CONFIRM_ADDRESSES"] is confirms
    assert read["MFA_ALLOW_UNVERIFIED_EMAIL"] is not confirms


def test_confirmation_without_mail_is_refused(env: pytest.MonkeyPatch) -> None:
    env.setenv("ALLOWED_HOSTS", "feed.example.org")
    env.setenv("CONFIRM_ADDRESSES", "1")
    with pytest.raises(ImproperlyConfigured, match="CONFIRM_ADDRESSES=1 needs EMAIL_URL"):
        settings()


def test_staff_need_a_second_factor_by_default_unless_local(
    env: pytest.MonkeyPatch,
) -> None:
    assert settings()["STAFF_SECOND_FACTOR"] is False
    env.setenv("ALLOWED_HOSTS", "feed.example.org")
    assert settings()["STAFF_SECOND_FACTOR"] is True
    env.setenv("STAFF_SECOND_FACTOR", "0")
    assert settings()["STAFF_SECOND_FACTOR"] is False


def test_redis_values_are_json_not_pickle(
    env: pytest.MonkeyPatch,
) -> None:
    env.setenv("REDIS_URL", "redis://cache")
    options = settings()["CACHES"]["default"]["OPTIONS"]
    assert options["SERIALIZER"] == "django_redis.serializers.json.JSONSerializer"


@pytest.mark.parametrize(
    "redis",
    [
        {},
        {"REDIS_HOST": "cache"},
        {"UPSTASH_REDIS_REST_URL": "https://cache", "UPSTASH_REDIS_REST_TOKEN": "t"},
        {"REDIS_URL": "redis+sentinel://one/service"},
    ],
)
def test_tests_clear_each_variable_that_settings_read(
    env: pytest.MonkeyPatch, redis: dict[str, str]
) -> None:
    names = set()
    text = environment.text

    def spy(name: str, default: str = "") -> str:
        names.add(name)
        return text(name, default)

    env.setattr(environment, "text", spy)
    for name, value in redis.items():
        env.setenv(name, value)
    settings()
    assert set(redis) < names
    assert names <= set(SETTINGS_NAMES.split())
