"""Names that look alike, and the scripts of a name (Unicode Technical Standard 39)."""

import unicodedata
from functools import cache

from confusable_homoglyphs import categories

SKELETON_MAX_LENGTH = 300
# Letters and signs that are invisible or look like a space.
BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Scripts that one language writes together.
_TOGETHER = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "HANGUL"}),
    frozenset({"HAN", "BOPOMOFO"}),
)
_OF_ALL_SCRIPTS = frozenset({"COMMON", "INHERITED"})
# The table maps this Cyrillic letter to i; in most fonts it looks like l.
_CORRECTIONS = {"\u04cf": "l"}
_MARK = "\u200e"  # the library's table puts it around right-to-left text
_ROUNDS = 4  # entries of the table refer to others, at most twice


def skeleton(name: str) -> str:
    """Return the skeleton of `name` in lower case: names that look alike have the same one.

    For comparison only, not for display. Cut at SKELETON_MAX_LENGTH.
    """
    return _reduced(unicodedata.normalize("NFKC", name).casefold())


def skeletons(name: str) -> set[str]:
    """Return the skeletons of a name that is shown with capitals: a capital I looks like an l."""
    return {skeleton(name), _reduced(unicodedata.normalize("NFKC", name))}


def _reduced(text: str) -> str:
    for _ in range(_ROUNDS):
        text = unicodedata.normalize("NFKD", text)
        mapped = "".join(_prototypes().get(char, char) for char in text).casefold()
        if mapped == text:
            break
        text = mapped
    return unicodedata.normalize("NFC", text)[:SKELETON_MAX_LENGTH]


def scripts(text: str) -> set[str]:
    """Return the scripts of `text`; empty if one language writes them all together."""
    found = {categories.alias(char) for char in text} - _OF_ALL_SCRIPTS
    return set() if any(found <= together for together in _TOGETHER) and len(found) > 1 else found


@cache
def _prototypes() -> dict[str, str]:
    """Map each confusable character to the text that it looks like."""
    # The table takes some megabytes, and most processes never need it.
    from confusable_homoglyphs.confusables import confusables_data

    groups: dict[str, set[str]] = {}
    for key, others in confusables_data.items():
        group = {key.replace(_MARK, ""), *(one["c"].replace(_MARK, "") for one in others)}
        for member in list(group):
            group |= groups.get(member, set())
        for member in group:
            groups[member] = group
    found = {
        char: look
        for char, group in groups.items()
        if len(char) == 1 and (look := min(group, key=_preference)) != char
    }
    return found | _CORRECTIONS


def _preference(look: str) -> tuple[bool, bool, bool, bool, str]:
    """Return a sort key: several characters first (`rn` for `m`: no single character maps to it
    again), then ASCII, letters, lower case."""
    single, ascii_, letter = len(look) == 1, look.isascii(), look.isalpha()
    return single, not ascii_, not letter, not look.islower(), look
