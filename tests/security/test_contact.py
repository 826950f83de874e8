"""The contact for vulnerabilities (RFC 9116): the operator's, and only if it is set."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from feedsite import environment

PATH = "/.well-known/security.txt"
SECURITY_MD = (Path(__file__).parents[2] / "SECURITY.md").read_text()


def test_security_txt_is_404_without_a_contact() -> None:
    assert Client().get(PATH).status_code == 404


def test_security_txt_names_contacts_and_expiry(settings: Settings) -> None:
    settings.SECURITY_CONTACTS = ["mailto:security@example.org", "https://example.org/report"]
    response = Client().get(PATH)
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = [line.split(": ", 1) for line in response.content.decode().splitlines()]
    assert [value for name, value in fields if name == "Contact"] == settings.SECURITY_CONTACTS
    fields_by_name = dict(fields)
    assert fields_by_name["Canonical"] == f"http://testserver{PATH}"
    left = datetime.fromisoformat(fields_by_name["Expires"]) - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)
    assert Client().post(PATH).status_code == 405


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("", []),
        ("mailto:a@b.org", ["mailto:a@b.org"]),
        ("https://b.org/x, mailto:a@b.org", ["https://b.org/x", "mailto:a@b.org"]),
    ],
)
def test_contacts_are_mail_or_web_addresses(
    monkeypatch: pytest.MonkeyPatch, value: str, means: list[str]
) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", value)
    assert environment.contacts("SECURITY_CONTACT") == means


@pytest.mark.parametrize("value", ["a@b.org", "http://b.org", "mailto:", "mailto:a b@c.org", "x:y"])
def test_contact_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", f"mailto:a@b.org,{value}")
    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT must be addresses"):
        environment.contacts("SECURITY_CONTACT")


@pytest.mark.parametrize(
    "heading",
    [
        "Reporting a vulnerability",
        "Threat model",
        "When a key leaks",
        "Findings of the audit and their tests",
    ],
)
def test_security_policy_has_the_section(heading: str) -> None:
    assert f"\n## {heading}\n" in SECURITY_MD


@pytest.mark.parametrize("secret", ["SECRET_KEY", "REDIS_PASSWORD", "POSTGRES_PASSWORD", "token"])
def test_security_policy_covers_a_leak_of_the_secret(secret: str) -> None:
    assert secret in SECURITY_MD.partition("\n## When a key leaks\n")[2]
