"""Parsing of messages that the site sends."""

import re

from django.core.mail import EmailMessage


def link_in(message: EmailMessage) -> str:
    """Return the path of the first link in a message."""
    found = re.search(r"https?://[^/\s]+(/\S*)", str(message.body))
    assert found, message.body
    return found[1]
