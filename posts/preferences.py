"""What readers prefer: how pages look on their devices, and the time zone of days and times.

Preferences are a short text, in a cookie of the device and in a column of the account. The scripts
and `preferences.css` apply them, so pages are the same bytes for all readers.
"""

import re
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, tzinfo
from functools import cache
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from posts.models import User

COOKIE = "preferences"  # the script of the theme reads and writes it, too
COOKIE_SECONDS = 365 * 24 * 3600
STAMP = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
# Areas of the time zone database that are places; the others are old names.
AREAS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)
# The choices that change how a page looks, each with its CSS for pages without a script. style.css
# has the same rules for the attributes that theme.js sets.
RULES = {
    ("theme", "light"): ":root { color-scheme: light; }",
    ("theme", "dark"): ":root { color-scheme: dark; }",
    ("text", "large"): ":root { font-size: 118.75%; }",
    ("links", "underlined"): ":root a { text-decoration: underline currentColor !important; }",
    ("motion", "less"): ":root :is(*, ::before, ::after) { animation: none !important;"
    " transition: none !important; }",
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices; an empty one is left to the device.

    `saved` says of which account they are, and when they were saved: "id-milliseconds", or empty.
    """

    theme: str = ""
    motion: str = ""
    text: str = ""
    links: str = ""
    zone: str = ""
    saved: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `__str__` returned. What is unknown or not allowed is left out."""
        given = dict(parse_qsl(text[:500]))
        chosen = {
            name: value
            for name, value in given.items()
            if (name, value) in RULES
            or (name == "zone" and value in zones())
            or (name == "saved" and STAMP.fullmatch(value))
        }
        return cls(**chosen)

    def __str__(self) -> str:
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def is_newer_than(self, other: "Preferences") -> bool:
        """Whether these were saved, after the other ones or by another account."""
        if not self.saved:
            return False
        account, _, at = self.saved.partition("-")
        other_account, _, other_at = other.saved.partition("-")
        return account != other_account or int(at) > int(other_at)

    @property
    def css(self) -> str:
        """The style sheet that applies them without a script."""
        return "\n".join(RULES[choice] for choice in asdict(self).items() if choice in RULES)

    @property
    def time_zone(self) -> tzinfo:
        """The chosen time zone; without one, UTC."""
        return ZoneInfo(self.zone) if self.zone else UTC


def of_device(request: HttpRequest) -> Preferences:
    """Return the preferences in the cookie."""
    return Preferences.parse(unquote(request.COOKIES.get(COOKIE, "")))


def current(request: HttpRequest) -> Preferences:
    """Return the preferences of the account or of the device, whichever were saved last."""
    device, user = of_device(request), request.user
    account = Preferences.parse(user.preferences) if isinstance(user, User) else Preferences()
    return account if account.is_newer_than(device) else device


def save(request: HttpRequest, response: HttpResponse, chosen: Preferences) -> None:
    """Keep the choices on the device, and in the account if there is one."""
    user = request.user
    if isinstance(user, User):
        chosen = replace(chosen, saved=f"{user.pk}-{time.time_ns() // 1_000_000}")
        User.objects.filter(pk=user.pk).update(preferences=str(chosen))
    response.set_cookie(
        COOKIE,
        quote(str(chosen), safe=""),
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones that can be chosen; few if the system has no list."""
    return frozenset({"UTC", *(name for name in available_timezones() if _area(name) in AREAS)})


def _area(zone: str) -> str:
    return zone.partition("/")[0]
