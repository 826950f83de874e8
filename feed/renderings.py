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
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from django.utils.safestring import SafeString, mark_safe

from posts.idempotency import new_key

NUMBER_BYTES = 32  # an integer, with its place in a collection
_MARKER = f"\x02{secrets.token_hex(8)}\x03"

# What a viewer may do with the posts and comments of other people.
Power = Literal["post editable", "post deletable", "comment deletable"]
POWERS: tuple[Power, ...] = get_args(Power)
Like = Literal["liked", "not liked", "liked comment", "not liked comment"]
Condition = Like | Literal["muted", "not muted", "self", "not self", "staff"] | Power


def slot(name: str) -> SafeString:
    """Return the placeholder for a value of `ViewerValues.values`."""
    return mark_safe(f"{_MARKER}value {name}{_MARKER}")  # noqa: S308 -- holds no user's text


def if_viewer(condition: Condition, subject: str, content: str) -> SafeString:
    """Return `content` such that only viewers for whom the condition holds get it.

    `subject` is the id of the post, comment or person that the condition is about. `content` must
    be safe HTML, may hold slots, and must not hold another `if_viewer`.
    """
    start = f"{_MARKER}if_viewer {condition}:{subject}{_MARKER}"
    return mark_safe(f"{start}{content}{_MARKER}end{_MARKER}")  # noqa: S308 -- the content is rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerValues:
    """Values that fill a page's placeholders for one viewer.

    `values` maps a slot's name to escaped HTML. `liked` holds ids of posts, `liked_comments` of
    comments, `muted` of people. `user_id` is empty for a viewer who is signed out.
    """

    values: Mapping[str, str]
    liked: Collection[str] = field(default=())
    liked_comments: Collection[str] = field(default=())
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
            case "liked comment":
                return subject in self.liked_comments
            case "muted":
                return subject in self.muted
            case "self":
                return subject == self.user_id
            case "staff":
                return self.staff
        return subject == self.user_id or condition in self.powers


class _Block(NamedTuple):
    """Content between `if_viewer` and its end. It fills `parts[start:stop]` of a rendering.

    `pieces`: HTML as bytes, and names of slots. Only if it is `usual`, it is there from the start:
    a viewer who likes, mutes and wrote nothing on the page sees it.
    """

    condition: str
    start: int
    stop: int
    pieces: tuple[bytes | str, ...]
    usual: bool


class Rendering:
    """A rendered page as it is for a viewer who likes, mutes and wrote nothing on it.

    Most viewers like one or two posts of a page, so that little is to change for each of them.
    """

    def __init__(self, html: str) -> None:
        # HTML and commands alternate; commands have odd positions.
        split = html.split(_MARKER)
        # Without the random marker, so that all processes get the same digest.
        self._digest = _digest("".join(split))
        self._parts: list[bytes] = [split[0].encode()]
        self._slots: dict[str, list[int]] = {}
        self._blocks: dict[str, list[_Block]] = {}
        steps = iter(zip(split[1::2], split[2::2], strict=True))
        for command, text in steps:
            if command.startswith("if_viewer "):
                self._add_block(command.removeprefix("if_viewer "), text, steps)
            else:
                self._add([_slot_name(command), text.encode()])
        self.weight_bytes = self._weigh()

    def _add_block(self, arguments: str, content: str, steps: Iterator[tuple[str, str]]) -> None:
        """Add a block, which `steps` go on with, and the HTML after it."""
        condition, _, subject = arguments.partition(":")
        pieces: list[bytes | str] = [content.encode()]
        for command, text in steps:
            if command == "end":
                break
            pieces += _slot_name(command), text.encode()
        start, usual = len(self._parts), condition.startswith("not ")
        self._add(pieces if usual else [b""])
        block = _Block(sys.intern(condition), start, len(self._parts), tuple(pieces), usual)
        self._blocks.setdefault(sys.intern(subject), []).append(block)
        self._add([text.encode()])

    def _add(self, pieces: Iterable[bytes | str]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._slots.setdefault(piece, []).append(len(self._parts))
            self._parts.append(b"" if isinstance(piece, str) else piece)

    def _weigh(self) -> int:
        """Return the bytes of memory, without the strings that all renderings share."""
        size = sys.getsizeof
        weight = size(self) + size(self.__dict__) + size(self._digest)
        weight += size(self._parts) + sum(map(size, self._parts)) + size(self._slots)
        weight += sum(size(places) + NUMBER_BYTES * len(places) for places in self._slots.values())
        weight += size(self._blocks) + sum(map(size, self._blocks))
        for blocks in self._blocks.values():
            weight += size(blocks)
            for block in blocks:
                weight += size(block) + 2 * NUMBER_BYTES + size(block.pieces)
                # Usual ones are among the parts.
                weight += 0 if block.usual else sum(map(size, block.pieces))
        return weight

    def fill(self, viewer_values: ViewerValues) -> bytes:
        """Return the page for this viewer."""
        values = {name: value.encode() for name, value in viewer_values.values.items()}
        # The one-time key of forms. Not among the viewer's values, which the ETag is made of.
        values["key"] = new_key().encode()
        parts = self._parts.copy()
        for name, places in self._slots.items():
            value = values[name]
            for place in places:
                parts[place] = value
        for subject in self._unusual_subjects(viewer_values):
            for block in self._blocks.get(subject, ()):
                if viewer_values.holds(block.condition, subject):
                    if not block.usual:
                        parts[block.start] = _filled(block.pieces, values)
                else:
                    parts[block.start : block.stop] = [b""] * (block.stop - block.start)
        return b"".join(parts)

    def _unusual_subjects(self, viewer_values: ViewerValues) -> Collection[str]:
        if viewer_values.staff or viewer_values.powers:
            return self._blocks
        marks = viewer_values.liked, viewer_values.liked_comments, viewer_values.muted
        return {viewer_values.user_id}.union(*marks)

    def etag(self, viewer_values: ViewerValues, *, masked: str = "", canonical: str = "") -> str:
        """Return a validator of the filled page (RFC 9110, section 8.8.1), weak if one is masked.

        It is computed from the values, which costs a fraction of hashing the page. The value named
        `masked` differs in each response though its meaning is the same (Django masks the CSRF
        token); `canonical` is that meaning and stands in for it.
        """
        replaced = {masked: canonical} if masked else {}
        values = sorted({**viewer_values.values, **replaced}.items())
        marks = viewer_values.liked, viewer_values.liked_comments, viewer_values.muted
        sets = (*marks, viewer_values.powers)
        parts = values, *map(sorted, sets), viewer_values.user_id, viewer_values.staff
        return f'{"W/" if masked else ""}"{_digest(self._digest + repr(parts))}"'


def _slot_name(command: str) -> str:
    return sys.intern(command.removeprefix("value "))


def _filled(pieces: Iterable[bytes | str], values: Mapping[str, bytes]) -> bytes:
    return b"".join(values[piece] if isinstance(piece, str) else piece for piece in pieces)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
