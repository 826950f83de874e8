"""Which names look alike, and in which scripts they are written (Unicode, UTS #39)."""

import unicodedata
from functools import cache

from confusable_homoglyphs import categories

SKELETON_MAX_LENGTH = 300
# Letters and signs that show nothing, or blank space.
BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Scripts that one language writes together.
_TOGETHER = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "HANGUL"}),
    frozenset({"HAN", "BOPOMOFO"}),
)
_OF_ALL_SCRIPTS = frozenset({"COMMON", "INHERITED"})
# The table takes a Cyrillic letter for an i that in most fonts looks like an l.
_CORRECTIONS = {"\u04cf": "l"}
_MARK = "\u200e"  # the library's table puts it around whatever is written from right to left
_ROUNDS = 4  # the table refers once or twice further


def skeleton(name: str) -> str:
    """What `name` looks like in small letters: the same for all names that can be taken for each
    other. It is for comparing, not for showing. The end of very long ones is cut off.
    """
    return _reduced(unicodedata.normalize("NFKC", name).casefold())


def skeletons(name: str) -> set[str]:
    """The same of a name that is shown as it is written: a capital I looks like a small L."""
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
    """The scripts that `text` mixes: none or one of a name that is written in one way."""
    found = {categories.alias(char) for char in text} - _OF_ALL_SCRIPTS
    return set() if any(found <= together for together in _TOGETHER) and len(found) > 1 else found


@cache
def _prototypes() -> dict[str, str]:
    """For each character that looks like something else, that."""
    # The table weighs some megabytes, and most processes never need it.
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
    """Several characters first, for only they can't be mapped again (`rn`, which `m` looks like);
    then ASCII, letters, small letters."""
    single, ascii_, letter = len(look) == 1, look.isascii(), look.isalpha()
    return single, not ascii_, not letter, not look.islower(), look
