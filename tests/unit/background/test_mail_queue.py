"""Mail as tasks: what is stored, what is sent, and what a failed mail server does."""

import json
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from background import mail_queue, sealing, task_queue
from background.errors import DeliveryError, PermanentError
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db

ADDRESS = "ada@example.org"
LINK = "https://feed.example.org/accounts/password/reset/key/1-secret/"


@pytest.fixture(autouse=True)
def _queued(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "background.mail_queue.QueueBackend"
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def smtp(settings: Settings, request: pytest.FixtureRequest) -> Iterator[MailServer]:
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer(request.param) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def send() -> None:
    mail.send_mail("Set a password", f"Open {LINK}", "Feed <feed@example.org>", [ADDRESS])


def run() -> None:
    row = task_queue.claim("mail", "a worker", now=timezone.now())
    assert row is not None
    task_queue.run(row)


def sealed() -> str:
    (text,) = DBTaskResult.objects.get().args_kwargs["args"]
    return str(text)


def test_message_is_stored_first_and_sent_by_the_task() -> None:
    send()
    assert not mail.outbox
    run()
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == ("Set a password", f"Open {LINK}", [ADDRESS])
    assert sent.from_email == "Feed <feed@example.org>"
    assert not DBTaskResult.objects.exists()


def test_all_parts_of_a_message_are_kept() -> None:
    message = EmailMultiAlternatives(
        "Sübject", "Text", "feed@example.org", [ADDRESS], cc=["c@x.org"], bcc=["b@x.org"]
    )
    message.reply_to, message.extra_headers = ["r@x.org"], {"X-Kind": "digest"}
    message.attach_alternative("<p>Text</p>", "text/html")
    message.send()
    html = EmailMessage("Subject", "<p>Only</p>", "feed@example.org", [ADDRESS])
    html.content_subtype = "html"
    html.send()
    run()
    run()
    first, second = (sent.message() for sent in mail.outbox)
    assert first["Subject"] == "=?utf-8?q?S=C3=BCbject?="
    assert (first["Cc"], first["Reply-To"], first["X-Kind"]) == ("c@x.org", "r@x.org", "digest")
    assert mail.outbox[0].recipients() == [ADDRESS, "c@x.org", "b@x.org"]
    assert [part.get_content_type() for part in first.walk()][1:] == ["text/plain", "text/html"]
    assert second.get_content_type() == "text/html"


def test_table_shows_neither_the_text_nor_the_address_of_a_message() -> None:
    send()
    row = json.dumps(DBTaskResult.objects.values().get(), default=str)
    for secret in (ADDRESS, "example.org", "reset", "secret", "password"):
        assert secret not in row


def test_message_sent_twice_has_one_id_and_date() -> None:
    send()
    text = sealed()
    for _ in range(2):
        mail_queue.deliver.call(text)
    first, second = (message.message() for message in mail.outbox)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@example.org>")
    assert first["Date"] == second["Date"]


def test_two_messages_have_two_ids() -> None:
    send()
    send()
    run()
    run()
    assert len({message.message()["Message-ID"] for message in mail.outbox}) == 2


def test_message_survives_a_change_of_the_key(settings: Settings) -> None:
    send()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "k" * 50
    run()
    assert len(mail.outbox) == 1


def test_message_of_a_withdrawn_key_is_given_up(settings: Settings) -> None:
    send()
    settings.SECRET_KEY = "k" * 50
    with pytest.raises(PermanentError):
        sealing.unseal(sealed())
    run()
    assert DBTaskResult.objects.get().status == "FAILED"
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_rolled_back_transaction_sends_no_mail() -> None:
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize("smtp", ["accepts"], indirect=True)
def test_mail_server_gets_the_message(smtp: MailServer) -> None:
    send()
    run()
    (text,) = smtp.messages
    assert f"To: {ADDRESS}" in text
    assert LINK in text
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize("smtp", ["disconnects"], indirect=True)
def test_message_waits_for_a_mail_server_that_fails(
    smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    send()
    with pytest.raises(DeliveryError, match=r"^SMTPServerDisconnected"):
        mail_queue.deliver.call(sealed())
    run()
    assert DBTaskResult.objects.get().status == "READY"
    assert "background.errors.DeliveryError" in caplog.text


@pytest.mark.parametrize("smtp", ["refuses recipients"], indirect=True)
def test_message_to_an_address_that_does_not_exist_is_given_up(
    smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    send()
    run()
    given_up = DBTaskResult.objects.get()
    assert (given_up.status, given_up.args_kwargs) == ("FAILED", task_queue.NO_ARGUMENTS)
    for text in (caplog.text, given_up.traceback):
        assert "SMTPRecipientsRefused [550]" in text
        assert ADDRESS not in text


def test_message_that_cannot_be_stored_is_an_error_of_its_sender() -> None:
    message = EmailMessage("Subject", "Text", "feed@example.org", [ADDRESS])
    message.attach("a.txt", "text", "text/plain")
    with pytest.raises(ValueError, match="attachments"):
        message.send()
    with pytest.raises(BadHeaderError):
        EmailMessage("Two\nlines", "Text", "feed@example.org", [ADDRESS]).send()
    EmailMessage("For nobody", "Text", "feed@example.org", []).send()
    assert not DBTaskResult.objects.exists()
