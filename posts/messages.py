"""Django's messages in a cookie whose name is a setting, as for the other cookies."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class MessagesCookie(CookieStorage):
    """Django's cookie storage under `settings.MESSAGES_COOKIE_NAME`."""

    cookie_name = settings.MESSAGES_COOKIE_NAME
