"""E-mail backend of a site that cannot send mail."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)


class NoMailBackend(BaseEmailBackend):
    """Backend that sends nothing, and logs no text: it may hold a link that sets a password."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                logger.warning(
                    "A message was not sent: EMAIL_URL is not set (to %s)", redacted(recipient)
                )
        return 0


def redacted(address: str) -> str:
    """Shorten an address for logs: `ada@example.org` to `a…@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
