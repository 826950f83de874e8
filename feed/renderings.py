"""Pages that are rendered once, with placeholders for what differs between viewers.

Rendering a page costs milliseconds, and two viewers see the same HTML except in a few places: a
name, a CSRF token, which posts they like; signed out, only the address of the site. So a page is
rendered once with placeholders, and each response fills them.

A marker separates placeholders from HTML. It is random in each process, so no author can write one
into a post.
"""

import hashlib
import secrets
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from django.utils.safestring import SafeString, mark_safe

_MARKER = f"\x02{secrets.token_hex(8)}\x03"

# What a viewer may do with the posts and comments of other people.
Power = Literal["post editable", "post deletable", "comment deletable"]
POWERS: tuple[Power, ...] = get_args(Power)
Condition = Literal["liked", "not liked", "muted", "not muted", "self", "not self", "staff"] | Power


def slot(name: str) -> SafeString:
    """Return the placeholder for a value of `ViewerValues.values`."""
    return mark_safe(f"{_MARKER}value {name}{_MARKER}")  # noqa: S308 -- holds no user's text


def if_viewer(condition: Condition, subject: str, content: str) -> SafeString:
    """Return `content` such that only viewers for whom the condition holds get it.

    `subject` is the id of the post or person that the condition is about. `content` must be safe
    HTML, may hold slots, and must not hold another `if_viewer`.
    """
    start = f"{_MARKER}if_viewer {condition}:{subject}{_MARKER}"
    return mark_safe(f"{start}{content}{_MARKER}end{_MARKER}")  # noqa: S308 -- the content is rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerValues:
    """Values that fill a page's placeholders for one viewer.

    `values` maps a slot's name to escaped HTML. `liked` holds ids of posts, `muted` ids of people.
    `user_id` is empty for a viewer who is signed out.
    """

    values: Mapping[str, str]
    liked: Collection[str] = field(default=())
    muted: Collection[str] = field(default=())
    user_id: str = ""
    staff: bool = False
    powers: Collection[Power] = field(default=())

    def holds(self, condition: str, subject: str) -> bool:
        """Whether a condition of `if_viewer` holds for this viewer."""
        positive = condition.removeprefix("not ")
        holds = self._holds(positive, subject)
        if positive == condition:
            return holds
        # People cannot mute themselves, so "not muted" (which offers it) does not hold for them.
        return not holds and not (positive == "muted" and subject == self.user_id)

    def _holds(self, condition: str, subject: str) -> bool:
        match condition:
            case "liked":
                return subject in self.liked
            case "muted":
                return subject in self.muted
            case "self":
                return subject == self.user_id
            case "staff":
                return self.staff
        return subject == self.user_id or condition in self.powers


class Rendering:
    """A rendered page, split at its markers."""

    def __init__(self, html: str) -> None:
        # HTML and commands alternate; commands have odd positions.
        parts = html.split(_MARKER)
        self._first = parts[0].encode()
        self._steps = [
            self._step(command, text)
            for command, text in zip(parts[1::2], parts[2::2], strict=True)
        ]
        # Without the random marker, so that all processes get the same digest.
        self._digest = _digest("".join(parts))
        self.weight_bytes = self._weigh()

    def _step(self, command: str, text: str) -> tuple[str, str, str, bytes]:
        """Return a command, its two arguments, and the HTML that follows it."""
        command, _, arguments = command.partition(" ")
        first, _, second = arguments.partition(":")
        # Commands and conditions are the same few on every page, and ids repeat on many.
        return sys.intern(command), sys.intern(first), sys.intern(second), text.encode()

    def _weigh(self) -> int:
        """Return the bytes of memory, without the strings that all renderings share."""
        size = sys.getsizeof
        steps = sum(size(step) + size(step[3]) + size(step[2]) for step in self._steps)
        return size(self) + size(self.__dict__) + size(self._first) + size(self._steps) + steps

    def fill(self, viewer_values: ViewerValues) -> bytes:
        """Return the page for this viewer."""
        values = {name: value.encode() for name, value in viewer_values.values.items()}
        filled = [self._first]
        shown = True
        for command, first, second, text in self._steps:
            if command == "if_viewer":
                shown = viewer_values.holds(first, second)
            elif command == "end":
                shown = True
            elif shown:
                filled.append(values[first])
            if shown:
                filled.append(text)
        return b"".join(filled)

    def etag(self, viewer_values: ViewerValues, *, masked: str = "", canonical: str = "") -> str:
        """Return a validator of the filled page (RFC 9110, section 8.8.1), weak if one is masked.

        It is computed from the values, which costs a fraction of hashing the page. The value named
        `masked` differs in each response though its meaning is the same (Django masks the CSRF
        token); `canonical` is that meaning and stands in for it.
        """
        replaced = {masked: canonical} if masked else {}
        values = sorted({**viewer_values.values, **replaced}.items())
        sets = (viewer_values.liked, viewer_values.muted, viewer_values.powers)
        parts = values, *map(sorted, sets), viewer_values.user_id, viewer_values.staff
        return f'{"W/" if masked else ""}"{_digest(self._digest + repr(parts))}"'


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
