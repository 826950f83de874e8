"""What the pages need to show a post: its text, its time, the colour of its author; and the slots
for what differs from request to request (see `feed.renderings`)."""

import hashlib
import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from cachetools import LRUCache
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dateformat import format as formatted
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from feed import renderings
from feed.markup import linked
from feed.renderings import Condition
from feed.viewers import Viewer, avatar_hue
from posts.models import User, author_path

register = template.Library()

# A card's key and its places in the cache.
CARD_OVERHEAD_BYTES = 400
# What the cards of isolated pages get of the room.
ISOLATED_SHARE = 0.25
# Longer posts are folded where many are shown: about a phone's screen.
LONG_CHARACTERS = 700
LONG_LINES = 12

register.filter("post_text", linked)
register.filter(avatar_hue)
register.simple_tag(author_path)


@register.filter
def is_long(content: str) -> bool:
    """Whether to fold this text where it is one of many."""
    return len(content) > LONG_CHARACTERS or content.count("\n") >= LONG_LINES


@register.filter
def readable_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00 UTC`."""
    return _written(moment, "j M Y, H:i")


@register.filter
def exact_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00:00 UTC`."""
    return _written(moment, "j M Y, H:i:s")


@register.filter
def readable_month(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `November 2026`."""
    return formatted(_in_utc(moment), "F Y")


@register.filter
def machine_time(moment: str) -> str:
    """The same moment as HTML takes it: with three decimals at the most."""
    return f"{moment[:23]}Z"


def _written(moment: str, how: str) -> str:
    return f"{formatted(_in_utc(moment), how)} UTC"


def _in_utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)


@register.filter
def external_host(address: str | None) -> str:
    """The host of an image that is not on this site, or an empty string.

    Pages link to such an image, which only old posts have: loading it would tell a server of the
    author's choice who reads the post.
    """
    if not address or (address.startswith("/") and not address.startswith("//")):
        return ""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return host or gettext("another site")


@register.filter
def absolute(address: str) -> SafeString:
    """An address in full, for who reads it elsewhere. Only in pages that are filled."""
    full = escape(address)
    return mark_safe(renderings.slot("origin") + full) if address.startswith("/") else full  # noqa: S308 -- escaped


@register.simple_tag(takes_context=True)
def card(context: dict[str, Any], post: dict[str, Any], level: int, slots: bool) -> SafeString:
    """A post as the pages show it, under a heading of this level.

    The same post makes the same card, so that a new page costs the cards that are new. Those of
    isolated pages are kept apart from the others, which they would push out.
    """
    said = json.dumps((post, level, bool(slots))).encode()
    key = hashlib.blake2b(said, digest_size=16).digest()
    with _cards_lock:
        known = _shared_cards.get(key) or _isolated_cards.get(key)
    if known is not None:
        return known
    made = render_to_string("feed/_post.html", {"post": post, "level": level, "slots": slots})
    cards = _shared_cards if context.get("shared") else _isolated_cards
    if _card_bytes(made) <= cards.maxsize:
        with _cards_lock:
            cards[key] = made
    return made


def _card_bytes(card: SafeString) -> int:
    return sys.getsizeof(card) + CARD_OVERHEAD_BYTES


def _cards(share: float) -> LRUCache[bytes, SafeString]:
    return LRUCache(int(settings.FEED["CARD_BYTES"] * share), getsizeof=_card_bytes)


_shared_cards, _isolated_cards = _cards(1 - ISOLATED_SHARE), _cards(ISOLATED_SHARE)
_cards_lock = threading.Lock()


@register.simple_tag
def mute_path(pk: str, username: str) -> str:
    """Where an author is muted."""
    return author_path(pk, username, mute=True)


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
