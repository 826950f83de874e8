"""What can be looked for, and what is said of the rest."""

import pytest

from feed.search import MAX_CHARACTERS, MAX_WORDS, search_error, tidy


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  two\t\nwords ", "two words"),
        ("nul\0l", "nul l"),
        ("\u202eright\u200b to left", "right to left"),
        ("Grüße", "Grüße"),
        (" \0 ", ""),
    ],
)
def test_words_are_what_is_meant(typed: str, meant: str) -> None:
    assert tidy(typed) == meant


def test_whatever_a_person_types_can_be_looked_for() -> None:
    for query in ("a", "c++", "漢字", "#tag", "it's", "x" * MAX_CHARACTERS, "w " * MAX_WORDS):
        assert search_error(tidy(query)) == "", query


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("x" * (MAX_CHARACTERS + 1), "more than 200 characters"),
        ("w " * (MAX_WORDS + 1), "more than 10 words"),
        ("! ?", "no word"),
    ],
)
def test_what_can_not_be_looked_for_is_told_why(query: str, says: str) -> None:
    assert says in search_error(tidy(query))
