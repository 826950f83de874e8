"""Where messages go: to a mail server, never longer waited for than needed, or nowhere."""

import logging
import time
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

logger = logging.getLogger(__name__)

# After a mail server could not be reached, the next requests fail at once for so long: each would
# hold a thread for EMAIL_TIMEOUT.
PAUSE_SECONDS = 15.0


class SmtpBackend(DjangoEmailBackend):
    """Django's, which asks a server that is away no more than four times a minute."""

    paused_until = 0.0  # of this process, on the monotonic clock

    def open(self) -> bool | None:
        """Raise OSError where the server can't be reached, or could not be a moment ago."""
        if self.connection is None and time.monotonic() < SmtpBackend.paused_until:
            raise ConnectionError("The mail server could not be reached a moment ago.")
        try:
            return super().open()
        except OSError:
            SmtpBackend.paused_until = time.monotonic() + PAUSE_SECONDS
            raise


class NoMailBackend(BaseEmailBackend):
    """Sends nothing. The log says so without the text, which may hold a link to a password."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                logger.warning(
                    "A message was not sent: EMAIL_URL is not set (to %s)", redacted(recipient)
                )
        return 0


def redacted(address: str) -> str:
    """`a…@example.org` for `ada@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
