"""Addresses without their last slash."""

from django.http import HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware


class PermanentRedirect(HttpResponsePermanentRedirect):
    """308 (RFC 9110, section 15.4.9): the client repeats its method and body."""

    status_code = 308


class AppendSlash(CommonMiddleware):
    """Django's middleware, with a redirect that loses no write: a 301 makes a GET of a POST."""

    response_redirect_class = PermanentRedirect
