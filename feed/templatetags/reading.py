"""What the pages need to show a post: its text, its time, the colour of its author; and the slots
for what is the viewer's own (see `feed.renderings`)."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from feed import renderings
from feed.renderings import Condition
from feed.viewers import Viewer, avatar_hue
from posts.models import User

register = template.Library()

MOST_CARDS = 2_000


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


register.filter(avatar_hue)


@register.simple_tag
def card(post: dict[str, Any], level: int, slots: bool) -> SafeString:
    """A post as the pages show it, under a heading of this level.

    The same post makes the same card, so that a new page costs the cards that are new.
    """
    return _card(json.dumps(post), level, bool(slots))


@lru_cache(MOST_CARDS)
def _card(post: str, level: int, slots: bool) -> SafeString:
    context = {"post": json.loads(post), "level": level, "slots": slots}
    return render_to_string("feed/_post.html", context)


@register.simple_tag
def slot(name: str) -> SafeString:
    return renderings.slot(name)


@register.simple_block_tag
def only(content: SafeString, condition: Condition, subject: str = "") -> SafeString:
    return renderings.only(condition, subject, content)


@register.simple_tag(takes_context=True)
def signed_in_user(context: dict[str, Any]) -> Viewer | None:
    """Who is signed in, if anybody.

    In a page with slots, the slots for them. Without a session cookie the session is left alone:
    asking it would mark the page as differing by cookie, and no cache could share it.
    """
    if context.get("slots"):
        return cast("Viewer", context["me"])
    request: HttpRequest | None = context.get("request")
    if request is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    return Viewer.of(user) if isinstance(user, User) and user.is_active else None
