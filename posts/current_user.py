"""The account of a request that must be signed in."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from posts.models import User


def current_user(request: HttpRequest | Request) -> User:
    """Return the signed-in user. Only for views that refuse other requests first."""
    return cast("User", request.user)
