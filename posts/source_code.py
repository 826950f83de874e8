"""Code in a text: blocks between lines of three backticks, and `code` within a line.

Nothing else of Markdown is known. A block begins with a line of three or more backticks, with an
optional word for its language, and ends with a line of as many, or with the text. Code within a
line stands between equal runs of backticks. In code there are no links, hashtags and mentions.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"(`{3,})[ \t]*([\w+#.-]{0,30})[ \t]*\r?\n?")
# Not right after a letter, as in don`t.
_INLINE = re.compile(r"(?<![\w`])(`+)(?!`)([^\n]*?[^`\n])\1(?!`)")


class Kind(StrEnum):
    """INLINE: code within a line. BLOCK: lines of code."""

    TEXT = "text"
    INLINE = "inline"
    BLOCK = "block"


class Part(NamedTuple):
    """A part of a text, without the backticks around it. `language`: of a block, or empty."""

    kind: Kind
    text: str
    language: str = ""


def parts(text: str) -> Iterator[Part]:
    """Yield the parts of a text in their order. A block without anything in it stays text."""
    if "`" not in text:  # of most texts
        yield Part(Kind.TEXT, text)
        return
    plain = ""
    lines = iter(_LINE.findall(text))
    for line in lines:
        opening = _FENCE.fullmatch(line)
        if not opening:
            plain += line
            continue
        block, source = "", line
        for inner in lines:
            source += inner
            closing = _FENCE.fullmatch(inner)
            if closing and closing[1] == opening[1] and not closing[2]:
                break
            block += inner
        if not block.strip():
            plain += source
            continue
        yield from _parts_of_lines(plain)
        plain = ""
        yield Part(Kind.BLOCK, block, opening[2])
    yield from _parts_of_lines(plain)


def _parts_of_lines(text: str) -> Iterator[Part]:
    end = 0
    for found in _INLINE.finditer(text):
        if found[2].isspace():
            continue
        if found.start() > end:
            yield Part(Kind.TEXT, text[end : found.start()])
        yield Part(Kind.INLINE, found[2])
        end = found.end()
    if text[end:]:
        yield Part(Kind.TEXT, text[end:])


def without_backticks(text: str) -> str:
    """Return the text as readers see it: without the backticks that mark code."""
    return "".join(part.text for part in parts(text))


def without_code(text: str) -> str:
    """Return the text with a space in place of each code."""
    return "".join(part.text if part.kind is Kind.TEXT else " " for part in parts(text))
