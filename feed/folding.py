"""Which texts a list shows folded, with a button for the rest."""

import unicodedata
from collections.abc import Sequence

from posts import source_code
from posts.source_code import Kind

# A list folds texts of more lines (the style sheet shows 12 of them), with so many characters on a
# line of a wide screen and of a phone.
MAX_LINES = 14
WIDE_CHARACTERS = 70
NARROW_CHARACTERS = 42


def folded(content: str) -> str:
    """Return the CSS classes for folding a text in a list, with a space before each, or nothing.

    Texts that are long on a phone alone are folded only there.
    """
    if "`" in content:
        content = _as_lines(content)
    max_width = len(content) if content.isascii() else 2 * len(content)
    if max_width + NARROW_CHARACTERS * content.count("\n") <= NARROW_CHARACTERS * MAX_LINES:
        return ""
    widths = [_width(line) for line in content.split("\n")]
    if _lines(widths, WIDE_CHARACTERS) > MAX_LINES:
        return " long"
    return " long long-narrow" if _lines(widths, NARROW_CHARACTERS) > MAX_LINES else ""


def _as_lines(content: str) -> str:
    """Return the text without backticks and with short lines of code, which scroll sideways."""
    made = ""
    for part in source_code.parts(content):
        if part.kind is Kind.BLOCK:
            lines = part.text.removesuffix("\n").split("\n")
            made += "".join(f"{line[:NARROW_CHARACTERS]}\n" for line in lines)
        else:
            made += part.text
    return made.removesuffix("\n")


def _lines(widths: Sequence[int], characters: int) -> int:
    return sum(max(1, -(-width // characters)) for width in widths)


def _width(line: str) -> int:
    """Return the width in characters: marks have none, and those of East Asia that of two."""
    if line.isascii():
        return len(line)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
    marks = sum(unicodedata.category(character) in {"Mn", "Me", "Cf"} for character in line)
    return len(line) + wide - marks
