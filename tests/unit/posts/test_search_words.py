"""The words of a search: the same in Python and in PostgreSQL."""

import unicodedata

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from posts.models import Post
from posts.search_words import (
    EMOJI,
    IDEOGRAPHS,
    LETTERS,
    MARKS,
    MAX_WORD_CHARACTERS,
    has_words,
    without,
    words,
)
from tests.factories import PostFactory

FOUND = [
    ("At the lake, at last.", "lake"),
    ("At the lake, at last.", '"lake"'),
    ("At the lake, at last.", "lake,"),
    ("What a kitchen!", "kitchen?"),
    ("What a kitchen!", "kitch"),
    ("A café in Zürich", "cafe zurich"),
    ("A cafe in Zurich", "café zürich"),
    ("Dinner with Oisín", "oisin"),
    ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    ("İstanbul", "istanbul"),
    ("ЁЖИК в тумане", "ежик"),
    ("cake🍰for all", "🍰"),
    ("cake🍰for all", "cake"),
    ("I ❤️ it", "❤"),
    ("🇮🇪 wins", "🇮🇪"),
    ("東京タワーに行った", "東京"),
    ("ﬁne ligatures", "fine"),
    ("שָׁלוֹם", "שלום"),
    ("#harbour at 7", "harbour 7"),
    ("snake_case", "snake_case"),
    ("x" * 300, "x" * 200),
]
NOT_FOUND = [
    ("At the lake", "ake"),
    ("At the lake", "la"),
    ("At the lake", "lakes"),
    ("internationalization", "internationali"),
    ("cake", "🍰"),
    ("", "word"),
    ("word", ""),
    ("word", "?"),
]
# Letters of all scripts that both know; a database may know a newer Unicode.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\0"), max_size=40
) | st.text(alphabet="aAéÉ ß🍰東がİσς_'#@.\\-\u0301\ufe0f\u200d", max_size=20)


@pytest.mark.django_db
def test_examples_are_found_alike_in_python_and_in_the_database() -> None:
    posts = {text: PostFactory.create(content=text or "-") for text, _ in FOUND + NOT_FOUND}
    for expected, pairs in ((True, FOUND), (False, NOT_FOUND)):
        for text, query in pairs:
            assert has_words(text, query) is expected, (text, query)
            assert in_database(posts[text], query) is expected, (text, query)


def in_database(post: Post, query: str) -> bool:
    condition = "posts_has_words(content, %s)"
    if connection.vendor == "postgresql":
        condition = "posts_search_keys(content) @> nullif(posts_words(%s), '{}')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM posts_post WHERE id = %s AND {condition}", [post.pk, query])
        return cursor.fetchone() is not None


@pytest.mark.postgres
@pytest.mark.django_db
@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_database_finds_the_same_words(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT posts_words(%s)", [text])
        (found,) = cursor.fetchone()
    assert set(found) == words(text)


@given(TEXTS)
def test_words_are_their_own_words_and_are_found_in_their_text(text: str) -> None:
    for word in words(text):
        assert words(word) == {word}
        assert has_words(text, word)
        assert 0 < len(word) <= MAX_WORD_CHARACTERS
        assert unicodedata.is_normalized("NFKD", word) or word in text


def test_kinds_of_characters_have_none_in_common() -> None:
    kinds = [LETTERS, MARKS, IDEOGRAPHS, EMOJI]
    members = [{c for first, last in kind for c in range(first, last + 1)} for kind in kinds]
    assert sum(map(len, members)) == len(set.union(*members))


def test_ranges_without_others() -> None:
    assert without([(1, 9)], [(3, 4)], [(8, 12)]) == [(1, 2), (5, 7)]
    assert without([(1, 2), (5, 6)], [(1, 2)]) == [(5, 6)]
