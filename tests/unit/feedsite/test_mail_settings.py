"""E-mail settings of EMAIL_URL, and errors that do not repeat its password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import mail_settings

PASSWORD = "hunter2"


def test_mail_without_url_is_printed_only_on_a_local_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert mail_settings.email(local=True)["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert mail_settings.email(local=False)["EMAIL_BACKEND"] == "feedsite.mail.NoMailBackend"


def test_email_url_is_parsed_into_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "submission://me:p%40ss@mail.example.org")
    config = mail_settings.email(local=False)
    assert config["EMAIL_BACKEND"] == "background.mail_queue.QueueBackend"
    assert [config["EMAIL_HOST"], config["EMAIL_PORT"]] == ["mail.example.org", 587]
    assert config["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert config["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize(
    "url",
    [
        f"smpt://me:{PASSWORD}@host",
        f"smtp+tls://me:{PASSWORD}@host",
        PASSWORD,
        f"smtp://a:{PASSWORD}@h:port",
    ],
)
def test_error_for_wrong_email_url_hides_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(
        ImproperlyConfigured, match=r"^EMAIL_URL must look like submission://"
    ) as caught:
        mail_settings.email(local=True)
    assert PASSWORD not in str(caught.value)
