"""What an edit has changed in a text, word by word."""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from posts.search_words import IDEOGRAPHS, Ranges, without
from posts.word_characters import WORD_RANGES

Kind = Literal["same", "removed", "added"]
# A kind and a text; a list, as in JSON.
Change = list[str]

# A text with more changed words counts as written anew. Their number decides what a comparison
# costs: this many take 10 ms at most.
MAX_CHANGED_WORDS = 150


def _class(ranges: Ranges) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# Words with their marks; each character of a script without spaces; spaces; all other signs, whose
# sequences (emoji) are not separated.
_WORD = re.compile(
    "[{ideographs}]|[{letters}]+|\\s+|[^{ideographs}{letters}\\s]+".format(
        ideographs=_class(IDEOGRAPHS), letters=_class(without(WORD_RANGES, IDEOGRAPHS))
    )
)


def changes(old: str, new: str) -> list[Change]:
    """Return the parts of both texts in order, so that `same` and `added` parts are the new text.

    Where words were replaced, those removed stand before those added.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    steps = _steps(before, after)
    if steps is None:
        steps = [("removed", old), ("added", new)]
    return [*_joined(_with_spaces(steps))]


def marked(parts: Sequence[Change]) -> SafeString:
    """Return the parts as HTML, in which a screen reader says what was removed and added."""
    return mark_safe("".join([_marked(kind, text) for kind, text in parts]))  # noqa: S308 -- escaped


def _marked(kind: str, text: str) -> str:
    escaped = html.escape(text)
    if kind == "same":
        return escaped
    tag, label = ("del", gettext("removed:")) if kind == "removed" else ("ins", gettext("added:"))
    shown = escaped.replace("\n", "¶\n")  # or a line break that was added would not be seen
    return (
        f'<{tag}><span class="hidden"> ({html.escape(label)} </span>{shown}'
        f'<span class="hidden">) </span></{tag}>'
    )


Step = tuple[Kind, str]


def _steps(old: Sequence[str], new: Sequence[str]) -> list[Step] | None:
    """Return the fewest steps from one list of words to the other, or None if they are too many.

    E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986. `furthest`: by diagonal
    (words of the old text minus those of the new one), how many words of the old text are behind.
    """
    furthest, trace = {1: 0}, []
    for edits in range(MAX_CHANGED_WORDS + 1):
        trace.append(furthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = _start(furthest, diagonal, edits)
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _walked_back(old, new, trace)
    return None


def _is_added(furthest: dict[int, int], diagonal: int, edits: int) -> bool:
    """Whether the last edit on the way to this diagonal adds a word."""
    return diagonal == -edits or (
        diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
    )


def _start(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    if _is_added(furthest, diagonal, edits):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _walked_back(
    old: Sequence[str], new: Sequence[str], trace: Sequence[dict[int, int]]
) -> list[Step]:
    x, y, steps = len(old), len(new), list[Step]()
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], x - y
        is_added = _is_added(furthest, diagonal, edits)
        start = _start(furthest, diagonal, edits)
        while x > start:
            x, y = x - 1, y - 1
            steps.append(("same", old[x]))
        if not edits:
            break
        if is_added:
            y -= 1
            steps.append(("added", new[y]))
        else:
            x -= 1
            steps.append(("removed", old[x]))
    return steps[::-1]


def _with_spaces(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield the steps, with a space between two changes as a part of both, to read better."""
    for place, (kind, text) in enumerate(steps):
        between = 0 < place < len(steps) - 1 and text.isspace()
        if kind == "same" and between and "same" not in {steps[place - 1][0], steps[place + 1][0]}:
            yield "removed", text
            yield "added", text
        else:
            yield kind, text


def _joined(steps: Iterator[Step]) -> Iterator[Change]:
    for is_same, group in groupby(steps, key=lambda step: step[0] == "same"):
        parts = [*group]
        for kind in ("same",) if is_same else ("removed", "added"):
            if text := "".join(text for one, text in parts if one == kind):
                yield [kind, text]
