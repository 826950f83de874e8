"""The words of a text, as a search compares them: without case, accents and punctuation.

Each emoji is a word, and so is each character of scripts without spaces between words (Chinese,
Japanese). A word of a query finds the words that are equal or begin with it, if it has from 3 to 10
characters; a shorter or longer one finds only the equal ones. PostgreSQL has the same words by the
functions and indexes of migration 0012. SQLite calls `has_words` for each row.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.signals import connection_created

from posts.word_characters import WORD_RANGES

# Longer words are compared by their beginning: an index of PostgreSQL takes no long ones.
MAX_WORD_CHARACTERS = 100
# The beginnings that are in the index. An index by which any beginning could be found would be
# smaller, but PostgreSQL could not estimate how many rows have one, and would read all rows.
PREFIX_CHARACTERS = range(3, 11)

Ranges = Sequence[tuple[int, ...]]  # first and last character

# Accents of Latin, Greek and Cyrillic, the vowels of Hebrew and Arabic, the voicing of Japanese,
# and what only selects the look of a sign.
MARKS: Ranges = (
    *((0x300, 0x36F), (0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5)),
    *((0x5C7, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x200C, 0x200D)),
    *((0x3099, 0x309A), (0xFE00, 0xFE0F)),
)
IDEOGRAPHS: Ranges = (
    *((0x3005, 0x3007), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xF900, 0xFAFF), (0x20000, 0x323AF)),
)
EMOJI: Ranges = (
    *((0x2190, 0x21FF), (0x2300, 0x23FF), (0x25A0, 0x2775), (0x2794, 0x27BF), (0x2B00, 0x2BFF)),
    *((0x1F000, 0x1F0FF), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF)),
)


def without(ranges: Ranges, *others: Ranges) -> Ranges:
    """Return the ranges of characters that are in none of the others."""
    removed = sorted(one for other in others for one in other)
    kept: list[tuple[int, int]] = []
    for first, last in ranges:
        start = first
        for low, high in removed:
            if high < start or low > last:
                continue
            if low > start:
                kept.append((start, low - 1))
            start = high + 1
        if start <= last:
            kept.append((start, last))
    return kept


# Letters and digits that are written together; the three kinds have no character in common.
LETTERS = without(WORD_RANGES, MARKS, IDEOGRAPHS, EMOJI)


def _class(ranges: Ranges) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARK = re.compile(f"[{_class(MARKS)}]+")
_WORD = re.compile(f"[{_class(LETTERS)}]+|[{_class(IDEOGRAPHS)}]|[{_class(EMOJI)}]")


def folded(text: str) -> str:
    """Return the text in lower case without accents. Both small sigmas are one letter."""
    if text.isascii():
        return text.lower()
    plain = _MARK.sub("", unicodedata.normalize("NFKD", text)).lower()
    return plain.replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


def words(text: str) -> set[str]:
    """Return the words of a text."""
    return {word[:MAX_WORD_CHARACTERS] for word in _WORD.findall(folded(text))}


def has_words(text: str, query: str) -> bool:
    """Return whether a text has all words of the query, or words that begin with them."""
    wanted = _query_words(query)
    plain = folded(text)
    # Most texts lack a word, and this comparison needs no words of theirs.
    if not wanted or not all(word in plain for word in wanted):
        return False
    present = {word[:MAX_WORD_CHARACTERS] for word in _WORD.findall(plain)}
    return all(word in present or _begins(word, present) for word in wanted)


def _begins(prefix: str, present: set[str]) -> bool:
    return len(prefix) in PREFIX_CHARACTERS and any(word.startswith(prefix) for word in present)


@lru_cache(maxsize=64)
def _query_words(query: str) -> tuple[str, ...]:
    return tuple(sorted(words(query), key=len, reverse=True))


def connect() -> None:
    connection_created.connect(_add_to_sqlite, dispatch_uid="posts.search_words")


def _add_to_sqlite(connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("posts_has_words", 2, has_words, deterministic=True)
