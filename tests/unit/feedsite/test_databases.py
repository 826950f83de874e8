"""The database of DATABASE_URL: its options, and errors that do not repeat its password."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import databases

PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def _without_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def database() -> dict[str, Any]:
    return databases.database(default_path=Path("/srv/feed.sqlite3"), threads=8)


def test_database_is_a_sqlite_file_without_url() -> None:
    config = database()
    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == "/srv/feed.sqlite3"
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize("url", ["", "sqlite:////srv/feed.sqlite3"])
def test_thread_keeps_its_sqlite_connection_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert database()["CONN_MAX_AGE"] == 60


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_database_url_is_parsed_into_its_parts(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://me:p%40ss@db.example.org:5433/feed")
    config = database()
    parts = {name: config[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert config["ENGINE"] == "feedsite.postgresql"
    assert parts == {
        "NAME": "feed",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": 5433,
    }


def test_pool_has_two_more_connections_than_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed")
    assert database()["OPTIONS"]["pool"]["max_size"] == 10


def test_pool_reconnects_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed")
    assert database()["OPTIONS"]["pool"]["reconnect_timeout"] <= 3


def test_database_host_can_be_the_directory_of_a_unix_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres:///feed?host=/run/postgresql")
    config = database()
    assert config["OPTIONS"]["host"] == "/run/postgresql"
    assert not config["HOST"]


def test_options_of_database_url_override_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed?sslmode=verify-full&connect_timeout=1")
    options = database()["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert int(options["connect_timeout"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{PASSWORD}@host/feed",
        f"me:{PASSWORD}@host/feed",
        f"nonsense {PASSWORD}",
        f"postgres://me:{PASSWORD}@host:port/feed",
        f"postgres://me:{PASSWORD}@host:99999/feed",
        f"postgres://me:{PASSWORD}@[host/feed",
    ],
)
def test_error_for_wrong_database_url_hides_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(
        ImproperlyConfigured, match=r"^DATABASE_URL must look like postgres://"
    ) as caught:
        database()
    assert PASSWORD not in str(caught.value)
