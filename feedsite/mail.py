"""E-mail backends: SMTP that fails fast while the server is down, and one that sends nothing."""

import logging
import time
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

logger = logging.getLogger(__name__)

# After a failed connection, sending fails immediately for this long. Otherwise each request would
# hold a thread for EMAIL_TIMEOUT.
PAUSE_SECONDS = 15.0


class SmtpBackend(DjangoEmailBackend):
    """Django's SMTP backend, which tries a server that is down at most four times a minute."""

    paused_until = 0.0  # for this process; seconds on the monotonic clock

    def open(self) -> bool | None:
        """Connect as Django's backend.

        Raises:
            OSError: the server cannot be reached, or could not in the last `PAUSE_SECONDS`.
        """
        if self.connection is None and time.monotonic() < SmtpBackend.paused_until:
            raise ConnectionError(
                f"The mail server could not be reached in the last {PAUSE_SECONDS:.0f} s."
            )
        try:
            return super().open()
        except OSError:
            SmtpBackend.paused_until = time.monotonic() + PAUSE_SECONDS
            raise


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
