"""What stands in a message that the site has sent."""

import re

from django.core.mail import EmailMessage


def link_in(message: EmailMessage) -> str:
    """The path of the first link to this site in it."""
    found = re.search(r"https?://[^/\s]+(/\S*)", str(message.body))
    assert found, message.body
    return found[1]
