"""What the pages need to show a post: its text, its time, the colour of its author."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from posts.models import User

register = template.Library()

AVATAR_HUES = 8  # as many as the style sheet has


@register.filter
def post_text(content: str) -> SafeString:
    """Escape what somebody wrote and link its addresses, vouching for none of them."""
    # Escaped text holds no quotation mark, so this meets only the links that urlize made.
    linked = urlize(content, nofollow=True, autoescape=True)
    vouched = linked.replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(vouched)  # noqa: S308 -- escaped by urlize


@register.filter
def readable_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00 UTC`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


@register.filter
def avatar_hue(user_id: str | int) -> str:
    """The colour class of an author's avatar: the same for the same id, everywhere."""
    return f"hue-{int(user_id) % AVATAR_HUES}"


@register.simple_tag(takes_context=True)
def signed_in_user(context: dict[str, Any]) -> User | None:
    """Who is signed in, if anybody.

    Without a session cookie the session is left alone: asking it would mark the page as differing
    by cookie, and no cache could share it.
    """
    request: HttpRequest | None = context.get("request")
    if request is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.is_active else None
