"""Read the states of registers from a page: numbers in posts' texts, and comment counts."""

import json
import re

from tests.proofs.soak.journal import Register, State, View

_MARK = re.compile(rb"\[w(\d+):(\d+)\]")
# Limits memory in a long run. Fewer different bodies exist at any time.
MAX_BODIES = 2_000


def mark(register: int, number: int) -> str:
    """Return the text of the post that is version `number` of a register."""
    text = " ".join(["A post as long as most of them are."] * 4)
    return f"[w{register}:{number}] {text}"  # no spaces at its ends, which would be stripped


def commented_post(register: int) -> str:
    """Return the text of the post whose number of comments is a register's version."""
    return f"[c{register}] This one is talked about."


class PageParser:
    """Parser of pages. It parses equal bodies once: most of a million are equal."""

    def __init__(self, registers: list[Register]) -> None:
        self._registers = registers
        self._known: dict[bytes, View] = {}

    def view(self, body: bytes) -> View:
        """Return the states that a page, JSON or HTML, shows."""
        known = self._known.get(body)
        if known is None:
            if len(self._known) > MAX_BODIES:
                self._known.clear()
            known = self._known[body] = self._read(body)
        return known

    def _read(self, body: bytes) -> View:
        marks: dict[int, set[int]] = {}
        for register, number in _MARK.findall(body):
            marks.setdefault(int(register), set()).add(int(number))
        counts = _counts(body) if body.startswith(b"{") else {}
        view: list[State | None] = []
        for place, register in enumerate(self._registers):
            if register.kind == "posts":
                view.append(frozenset(marks.get(place, ())))
            else:
                view.append(counts.get(place))
        return tuple(view)


def _counts(body: bytes) -> dict[int, int]:
    counts = {}
    for post in json.loads(body)["posts"]:
        if found := re.match(r"\[c(\d+)\]", post["content"]):
            counts[int(found[1])] = post["comments_count"]
    return counts
