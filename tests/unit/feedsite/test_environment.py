"""Single values of the environment: what is taken, what is refused and in which words."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import environment

SECRET = "hunter2"


def refusal(read: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(*args, **kwargs)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def database() -> dict[str, Any]:
    return environment.database(default_path=Path("/srv/feed.sqlite3"), threads=8)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_secret_key_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("SECRET_KEY", value)
    assert refusal(environment.secret_key).startswith("SECRET_KEY is not set")


@pytest.mark.parametrize(
    ("value", "means"), [("1", True), ("0", False), ("", True), (" 0 ", False)]
)
def test_a_flag_is_1_or_0_and_an_empty_one_counts_as_absent(
    monkeypatch: pytest.MonkeyPatch, value: str, means: bool
) -> None:
    monkeypatch.setenv("FLAG", value)
    assert environment.flag("FLAG", default=True) is means


@pytest.mark.parametrize("value", ["true", "yes", "2", "on"])
def test_any_other_flag_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    assert refusal(environment.flag, "DEBUG", default=False) == "DEBUG must be 1 or 0."


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.5", "many", "nan", "1e9"])
def test_a_number_out_of_its_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WEB_THREADS", value)
    said = refusal(environment.number, "WEB_THREADS", default=8, least=1, most=100)
    assert said == "WEB_THREADS must be a whole number from 1 to 100."


@pytest.mark.parametrize("value", ["0", "61", "soon", "nan", "inf", "-inf"])
def test_a_duration_out_of_its_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("REDIS_POOL_TIMEOUT", value)
    said = refusal(environment.seconds, "REDIS_POOL_TIMEOUT", default=5.0, least=0.001, most=60)
    assert said == "REDIS_POOL_TIMEOUT must be a number of seconds from 0.001 to 60."


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example.org, b.example.org,,")
    assert environment.names("ALLOWED_HOSTS") == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize("value", ["feed.example.org", "https://a.org/path", "ftp://a.org"])
def test_an_origin_needs_its_scheme_and_no_path(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", f"https://fine.org,{value}")
    assert refusal(environment.origins, "CSRF_TRUSTED_ORIGINS").startswith("CSRF_TRUSTED_ORIGINS")


def test_without_a_database_url_there_is_a_sqlite_file() -> None:
    config = database()
    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == "/srv/feed.sqlite3"
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_database_url_gives_each_part(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
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


def test_the_pool_has_a_connection_for_each_thread_and_two_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed")
    assert database()["OPTIONS"]["pool"]["max_size"] == 10


def test_a_database_that_is_back_is_found_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed")
    assert database()["OPTIONS"]["pool"]["reconnect_timeout"] <= 3


def test_a_database_on_a_unix_socket_is_found_by_its_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres:///feed?host=/run/postgresql")
    config = database()
    assert config["OPTIONS"]["host"] == "/run/postgresql"
    assert not config["HOST"]


def test_options_of_a_database_url_win_over_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/feed?sslmode=verify-full&connect_timeout=1")
    options = database()["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert int(options["connect_timeout"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{SECRET}@host/feed",
        f"me:{SECRET}@host/feed",
        f"nonsense {SECRET}",
        f"postgres://me:{SECRET}@host:port/feed",
        f"postgres://me:{SECRET}@host:99999/feed",
        f"postgres://me:{SECRET}@[host/feed",
    ],
)
def test_a_wrong_database_url_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    said = refusal(database)
    assert said.startswith("DATABASE_URL must look like postgres://")
    assert SECRET not in said


def test_without_an_email_url_messages_are_printed_on_ones_own_machine_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert environment.email(local=True)["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert environment.email(local=False)["EMAIL_BACKEND"] == "feedsite.mail.NoMailBackend"


def test_an_email_url_gives_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "submission://me:p%40ss@mail.example.org")
    config = environment.email(local=False)
    assert config["EMAIL_BACKEND"] == "feedsite.mail.SmtpBackend"
    assert [config["EMAIL_HOST"], config["EMAIL_PORT"]] == ["mail.example.org", 587]
    assert config["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert config["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize(
    "url",
    [
        f"smpt://me:{SECRET}@host",
        f"smtp+tls://me:{SECRET}@host",
        SECRET,
        f"smtp://a:{SECRET}@h:port",
    ],
)
def test_a_wrong_email_url_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    said = refusal(lambda: environment.email(local=True))
    assert said.startswith("EMAIL_URL must look like submission://")
    assert SECRET not in said


def test_a_wrong_log_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    assert refusal(environment.log_level).startswith("LOG_LEVEL must be one of DEBUG")


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("120/minute", (120, 60)),
        ("5/5 minutes", (5, 300)),
        ("10/2hours", (10, 7_200)),
        ("1/second", (1, 1)),
        ("", (7, 86_400)),
    ],
)
def test_a_rate_is_a_number_in_a_time(
    monkeypatch: pytest.MonkeyPatch, value: str, means: tuple[int, int]
) -> None:
    monkeypatch.setenv("LIMIT_WRITES", value)
    assert environment.rate("LIMIT_WRITES", default="7/day") == means


@pytest.mark.parametrize(
    "value",
    ["120", "0/minute", "120/0 minutes", "-1/minute", "1.5/minute", "120/week", "1/32 days", "a/b"],
)
def test_a_wrong_rate_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LIMIT_WRITES", value)
    said = refusal(environment.rate, "LIMIT_WRITES", default="7/day")
    assert said.startswith("LIMIT_WRITES must look like 120/minute")
