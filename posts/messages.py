"""Messages to a reader, in a cookie whose name is a setting as those of other cookies are."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class MessagesCookie(CookieStorage):
    cookie_name = settings.MESSAGES_COOKIE_NAME
