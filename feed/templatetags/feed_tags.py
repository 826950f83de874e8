"""Tags and filters of pages: a post's text and times, the author's colour, and slots.

Slots stand for what differs between requests: see `feed.renderings`.
"""

import hashlib
import marshal
import sys
import threading
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
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
from django.utils.translation import get_language, gettext

from feed import renderings
from feed.cursors import Cursor
from feed.markup import linked
from feed.renderings import Condition
from feed.viewer import Viewer, avatar_hue
from freshcache.front_door.headers import has_session
from posts.links import author_path, mute_path
from posts.models import User

register = template.Library()

# A piece's key and its places in the cache.
CARD_OVERHEAD_BYTES = 400
# The share of the memory that pieces of isolated pages get.
ISOLATED_SHARE = 0.25
# A list folds texts of more lines (the style sheet shows 12 of them), with so many characters on a
# line of a wide screen and of a phone.
MAX_LINES = 14
WIDE_CHARACTERS = 70
NARROW_CHARACTERS = 42
# Images with a longer side are cropped in lists, and high ones are shown less wide.
TOWERING, PANORAMIC = 2.2, 1 / 3
HIGH_PIXELS = 480

register.filter("post_text", linked)
register.filter(avatar_hue)
register.simple_tag(author_path)
register.simple_tag(mute_path)


@register.filter
def folded(content: str) -> str:
    """Return the CSS classes for folding a text in a list, with a space before each, or nothing.

    Texts that are long on a phone alone are folded only there.
    """
    max_width = len(content) if content.isascii() else 2 * len(content)
    if max_width + NARROW_CHARACTERS * content.count("\n") <= NARROW_CHARACTERS * MAX_LINES:
        return ""
    widths = [_width(line) for line in content.split("\n")]
    if _lines(widths, WIDE_CHARACTERS) > MAX_LINES:
        return " long"
    return " long long-narrow" if _lines(widths, NARROW_CHARACTERS) > MAX_LINES else ""


def _lines(widths: Sequence[int], characters: int) -> int:
    return sum(max(1, -(-width // characters)) for width in widths)


def _width(line: str) -> int:
    """Return the width in characters: marks have none, and those of East Asia that of two."""
    if line.isascii():
        return len(line)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
    marks = sum(unicodedata.category(character) in {"Mn", "Me", "Cf"} for character in line)
    return len(line) + wide - marks


@register.filter
def image_shape(post: dict[str, Any]) -> str:
    """Return the CSS class for the image of a post, with a space before it, or nothing."""
    width, height = post["image_width"], post["image_height"]
    if not width or not height:
        return " unmeasured"
    if height / width < PANORAMIC:
        return " panorama"
    if height < HIGH_PIXELS or height <= width:
        return ""
    return " towering" if height / width > TOWERING else " tall"


@register.filter
def position(post: dict[str, Any]) -> str:
    """Return the cursor at this post."""
    return Cursor(datetime.fromisoformat(post["created_at"]), int(post["id"])).encode()


@register.filter
def readable_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00 UTC`."""
    return _formatted_utc(moment, "j M Y, H:i")


@register.filter
def exact_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00:00 UTC`."""
    return _formatted_utc(moment, "j M Y, H:i:s")


@register.filter
def readable_day(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 November 2026 UTC`."""
    return _formatted_utc(moment, "j F Y")


@register.filter
def readable_month(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `November 2026`."""
    return formatted(_in_utc(moment), "F Y")


@register.filter
def machine_time(moment: str) -> str:
    """Return the moment in the form of HTML, which allows three decimals at most."""
    return f"{moment[:23]}Z"


def _formatted_utc(moment: str, date_format: str) -> str:
    return f"{formatted(_in_utc(moment), date_format)} UTC"


def _in_utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)


@register.filter
def external_host(address: str | None) -> str:
    """Return the host of an image on another site, or an empty string.

    Only old posts have such an image. Pages link to it and do not load it: loading would show the
    reader's address to a server of the author's choice.
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
    """Return the address with scheme and host. Only for pages that are rendered with slots."""
    full = escape(address)
    return mark_safe(renderings.slot("origin") + full) if address.startswith("/") else full  # noqa: S308 -- escaped


@register.simple_tag(takes_context=True)
def cards(context: dict[str, Any], posts: Sequence[dict[str, Any]]) -> SafeString:
    """Render a list of posts."""
    piece = _Pieces(context)
    made = [piece("feed/_post.html", {"post": post, "level": 2}) for post in posts]
    return mark_safe("".join(made))  # noqa: S308 -- each is rendered


@register.simple_tag(takes_context=True)
def card(context: dict[str, Any], post: dict[str, Any], level: int) -> SafeString:
    """Render a post with a heading of this level."""
    return _Pieces(context)("feed/_post.html", {"post": post, "level": level})


@register.simple_tag(takes_context=True)
def thread(context: dict[str, Any], thread: dict[str, Any], post_id: str) -> SafeString:
    """Render a comment with its replies."""
    return _Pieces(context)("feed/_thread.html", {"thread": thread, "post_id": post_id})


class _Pieces:
    """Renders pieces of a page, which depend on their values (of JSON), slots and language alone.

    Pieces are cached, so a new page renders only the posts and comments that are new. Pieces of
    isolated pages have a separate cache, so that they never evict the others.
    """

    def __init__(self, context: dict[str, Any]) -> None:
        self._slots = bool(context.get("slots"))
        self._language = get_language()
        self._shared, self._isolated = _pieces(1 - ISOLATED_SHARE), _pieces(ISOLATED_SHARE)
        self._own = self._shared if context.get("shared") else self._isolated

    def __call__(self, template: str, values: dict[str, Any]) -> SafeString:
        # Five times as fast as JSON. Format 2 depends on the values, not on how they share objects.
        content = marshal.dumps((template, values, self._slots, self._language), 2)
        key = hashlib.blake2b(content, digest_size=16).digest()
        with _pieces_lock:
            known = self._shared.get(key) or self._isolated.get(key)
        if known is not None:
            return known
        made = render_to_string(template, values | {"slots": self._slots})
        if _piece_bytes(made) <= self._own.maxsize:
            with _pieces_lock:
                self._own[key] = made
        return made


def _piece_bytes(piece: SafeString) -> int:
    return sys.getsizeof(piece) + CARD_OVERHEAD_BYTES


@cache  # made at first use: a wrong setting must be reported by the check, not fail at import
def _pieces(share: float) -> LRUCache[bytes, SafeString]:
    return LRUCache(int(settings.FEED["CARD_BYTES"] * share), getsizeof=_piece_bytes)


_pieces_lock = threading.Lock()


@register.simple_tag
def slot(name: str) -> SafeString:
    """Return the placeholder for a value of the request: see `feed.renderings`."""
    return renderings.slot(name)


@register.simple_block_tag
def if_viewer(content: SafeString, condition: Condition, subject: str = "") -> SafeString:
    """Show the content only to viewers for whom the condition holds: see `feed.renderings`."""
    return renderings.if_viewer(condition, subject, content)


@register.simple_tag(takes_context=True)
def signed_in_user(context: dict[str, Any]) -> Viewer | None:
    """Return the signed-in viewer, or the slots for one in a page with slots; None if signed out.

    Without a session cookie the session is not read: reading it would set `Vary: Cookie`, and no
    cache could share the page.
    """
    if context.get("slots"):
        return cast("Viewer", context["me"])
    request: HttpRequest | None = context.get("request")
    if request is None or not has_session(request):
        return None
    user = getattr(request, "user", None)
    return Viewer.of(user) if isinstance(user, User) and user.is_active else None
