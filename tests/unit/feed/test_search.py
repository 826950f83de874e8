"""Words of a search: their normal form, and the errors."""

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
def test_whitespace_and_control_characters_only_separate_words(typed: str, meant: str) -> None:
    assert tidy(typed) == meant


def test_usual_words_can_be_searched_for() -> None:
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
def test_impossible_search_has_an_error_text(query: str, says: str) -> None:
    assert says in search_error(tidy(query))
