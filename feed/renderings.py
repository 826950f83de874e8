"""Pages rendered once, with slots for what differs.

A page's HTML costs milliseconds, and differs between two viewers in a few places: a name, a token,
which posts they like; signed out, in the address that the site was asked by. So it is rendered once
with marks in these places, and filled for each. The mark is random in each process, so nobody can
write one into a post.
"""

import hashlib
import secrets
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from django.utils.safestring import SafeString, mark_safe

_MARK = f"\x02{secrets.token_hex(8)}\x03"

# What of somebody else's a viewer may have the power to do.
Power = Literal["post editable", "post deletable", "comment deletable"]
POWERS: tuple[Power, ...] = get_args(Power)
Condition = Literal["liked", "not liked", "muted", "not muted", "self", "not self", "staff"] | Power


def slot(name: str) -> SafeString:
    """The place of a value of the request's."""
    return mark_safe(f"{_MARK}value {name}{_MARK}")  # noqa: S308 -- no one's text is in it


def only(condition: Condition, subject: str, content: str) -> SafeString:
    """Content for those viewers alone of whom the condition holds. It can't be nested."""
    return mark_safe(f"{_MARK}only {condition}:{subject}{_MARK}{content}{_MARK}end{_MARK}")  # noqa: S308 -- the content comes rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerValues:
    """What fills the slots: `values` by name, safe in HTML; posts liked, people muted; who the
    viewer is, and their powers over what others wrote."""

    values: Mapping[str, str]
    liked: Collection[str] = field(default=())
    muted: Collection[str] = field(default=())
    user_id: str = ""
    staff: bool = False
    powers: Collection[Power] = field(default=())

    def holds(self, condition: str, subject: str) -> bool:
        what = condition.removeprefix("not ")
        holds = self._holds(what, subject)
        if what == condition:
            return holds
        # Nobody can mute themselves, so to nobody it is offered.
        return not holds and not (what == "muted" and subject == self.user_id)

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
    """A rendered page, taken apart at its marks."""

    def __init__(self, html: str) -> None:
        # Text and commands in turns; a command's place in the list is odd.
        parts = html.split(_MARK)
        self._first = parts[0].encode()
        self._steps = [
            self._step(command, text)
            for command, text in zip(parts[1::2], parts[2::2], strict=True)
        ]
        self._digest = _digest("".join(parts))  # without the mark, so alike in each process
        self.weight_bytes = self._weigh()

    def _step(self, command: str, text: str) -> tuple[str, str, str, bytes]:
        """A command, its two arguments, and the text that follows it."""
        command, _, arguments = command.partition(" ")
        first, _, second = arguments.partition(":")
        # The same few words on each page; the ids are on many.
        return sys.intern(command), sys.intern(first), sys.intern(second), text.encode()

    def _weigh(self) -> int:
        """What it takes in memory, without the words that all have in common."""
        size = sys.getsizeof
        steps = sum(size(step) + size(step[3]) + size(step[2]) for step in self._steps)
        return size(self) + size(self.__dict__) + size(self._first) + size(self._steps) + steps

    def fill(self, own: ViewerValues) -> bytes:
        """The page for this viewer."""
        values = {name: value.encode() for name, value in own.values.items()}
        filled = [self._first]
        shown = True
        for command, first, second, text in self._steps:
            if command == "only":
                shown = own.holds(first, second)
            elif command == "end":
                shown = True
            elif shown:
                filled.append(values[first])
            if shown:
                filled.append(text)
        return b"".join(filled)

    def etag(self, own: ViewerValues, *, masked: str, canonical: str) -> str:
        """A weak validator of the filled page (RFC 9110, section 8.8.1): for a fraction of what it
        costs to read the page. The value called `masked` differs each time though it means the
        same; `canonical` is what it means."""
        values = sorted({**own.values, masked: canonical}.items())
        marks = sorted(own.liked), sorted(own.muted), sorted(own.powers)
        whose = values, *marks, own.user_id, own.staff
        return f'W/"{_digest(self._digest + repr(whose))}"'


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
