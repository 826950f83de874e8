"""Mail as tasks: an e-mail backend that enqueues each message, and the task that sends it.

A message is stored in the transaction that writes it, encrypted, and deleted once the mail server
has it. If the worker is killed between these two, the message is sent again with the same
Message-ID, by which mail systems recognize the copy.
"""

import json
import smtplib
from collections.abc import Sequence
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django_tasks import task

from background.errors import DeliveryError, PermanentError
from background.sealing import seal, unseal

# The code of the first reply that says "do not try again" (RFC 5321, 4.2.1).
PERMANENT = 500


class QueueBackend(BaseEmailBackend):
    """Django's e-mail backend for all of the site: enqueues messages, and never waits for SMTP."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Enqueue the messages in the current transaction; return their number.

        Raises:
            ValueError: a message has attachments, or a header with a line break.
        """
        messages = [message for message in email_messages if message.recipients()]
        for message in messages:
            deliver.enqueue(seal(json.dumps(_packed(message))))
        return len(messages)


@task(queue_name="mail")
def deliver(sealed: str) -> None:
    """Send one message with `settings.MAIL_DELIVERY_BACKEND`.

    Raises:
        DeliveryError: the mail server did not accept it now.
        PermanentError: it never will, or the message cannot be decrypted.
    """
    message = _unpacked(json.loads(unseal(sealed)))
    try:
        message.send()
    except OSError as error:  # SMTPException is one too
        # Without the cause: it may name the address.
        failure = PermanentError if _is_permanent(error) else DeliveryError
        raise failure(f"{type(error).__name__} {_codes(error)}") from None


def _packed(message: EmailMessage) -> dict[str, Any]:
    if message.attachments:
        raise ValueError("A message with attachments cannot be enqueued.")
    domain = parseaddr(message.from_email)[1].rpartition("@")[2]
    message.extra_headers = {
        # The same in each copy.
        "Message-ID": make_msgid(domain=domain or "localhost"),
        "Date": formatdate(),
        **message.extra_headers,
    }
    message.message()  # raises for wrong headers, while the sender can still see the error
    return {
        "subject": str(message.subject),
        "body": str(message.body),
        "subtype": message.content_subtype,
        "from_email": message.from_email,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "reply_to": message.reply_to,
        "headers": {name: str(value) for name, value in message.extra_headers.items()},
        "alternatives": [list(one) for one in getattr(message, "alternatives", ())],
    }


def _unpacked(fields: dict[str, Any]) -> EmailMultiAlternatives:
    subtype = fields.pop("subtype")
    connection = get_connection(settings.MAIL_DELIVERY_BACKEND)
    message = EmailMultiAlternatives(connection=connection, **fields)
    message.content_subtype = subtype
    return message


def _codes(error: OSError) -> list[int]:
    """Return the codes of the mail server's replies, one for each recipient it refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_permanent(error: OSError) -> bool:
    """Return whether the server refused this message, and not only this site's password."""
    refused = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return refused and all(code >= PERMANENT for code in _codes(error))
