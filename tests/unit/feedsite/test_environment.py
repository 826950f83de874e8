"""Readers of environment variables: accepted values, and errors for all others."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import environment


def refusal(read: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "means"), [("1", True), ("0", False), ("", True), (" 0 ", False)]
)
def test_flag_is_1_or_0_and_empty_means_default(
    monkeypatch: pytest.MonkeyPatch, value: str, means: bool
) -> None:
    monkeypatch.setenv("FLAG", value)
    assert environment.flag("FLAG", default=True) is means


@pytest.mark.parametrize("value", ["true", "yes", "2", "on"])
def test_other_values_of_a_flag_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    assert refusal(environment.flag, "DEBUG", default=False) == "DEBUG must be 1 or 0."


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.5", "many", "nan", "1e9"])
def test_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WEB_THREADS", value)
    error = refusal(environment.number, "WEB_THREADS", default=8, minimum=1, maximum=100)
    assert error == "WEB_THREADS must be a whole number from 1 to 100."


@pytest.mark.parametrize("value", ["0", "61", "soon", "nan", "inf", "-inf"])
def test_duration_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REDIS_POOL_TIMEOUT", value)
    error = refusal(
        environment.seconds, "REDIS_POOL_TIMEOUT", default=5.0, minimum=0.001, maximum=60
    )
    assert error == "REDIS_POOL_TIMEOUT must be a number of seconds from 0.001 to 60."


def test_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example.org, b.example.org,,")
    assert environment.names("ALLOWED_HOSTS") == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize("value", ["feed.example.org", "https://a.org/path", "ftp://a.org"])
def test_origin_without_scheme_or_with_path_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", f"https://fine.org,{value}")
    assert refusal(environment.origins, "CSRF_TRUSTED_ORIGINS").startswith("CSRF_TRUSTED_ORIGINS")


def test_unknown_log_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_rate_is_a_count_per_period(
    monkeypatch: pytest.MonkeyPatch, value: str, means: tuple[int, int]
) -> None:
    monkeypatch.setenv("LIMIT_WRITES", value)
    assert environment.rate("LIMIT_WRITES", default="7/day") == means


@pytest.mark.parametrize(
    "value",
    ["120", "0/minute", "120/0 minutes", "-1/minute", "1.5/minute", "120/week", "1/32 days", "a/b"],
)
def test_error_for_wrong_rate_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("LIMIT_WRITES", value)
    error = refusal(environment.rate, "LIMIT_WRITES", default="7/day")
    assert error.startswith("LIMIT_WRITES must look like 120/minute")


@pytest.mark.parametrize("value", ["x" * 41, "a\nb", "<b>", "{{ settings }}", "{% now %}"])
def test_site_name_is_one_line_of_plain_text(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SITE_NAME", value)
    assert refusal(environment.site_name).startswith("SITE_NAME must be one line of at most 40")
    monkeypatch.setenv("SITE_NAME", " Lake & Side ")
    assert environment.site_name() == "Lake & Side"
    monkeypatch.delenv("SITE_NAME")
    assert environment.site_name() == "Feed"


def test_directory_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITE_PAGES", str(tmp_path / "none"))
    assert refusal(environment.directory, "SITE_PAGES").startswith("SITE_PAGES must be a directory")
    monkeypatch.setenv("SITE_PAGES", str(tmp_path))
    assert environment.directory("SITE_PAGES") == tmp_path
    monkeypatch.delenv("SITE_PAGES")
    assert environment.directory("SITE_PAGES") is None
