"""Hashtags and mentions, by the same grammar in Python and in the database."""

# ruff: noqa: RUF001 -- the tests need letters that look alike

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.html import urlize
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posts.text import (
    HASHTAG,
    LINKS_MAX,
    MENTION,
    fold,
    hashtags,
    is_hashtag,
    validate_links,
)

FOUND = {
    "#Müll und #MÜLL": ["müll"],
    "#c++": ["c"],
    "#1": [],
    "#2026 #٣": ["٣"],
    "#1st": ["1st"],
    "a#b": [],
    "é#b _#b 1#b": [],
    "##x": [],
    "#a#b": ["a"],
    "&#39; &#x27;": [],
    "https://example.org/#top and https://example.org/a#top": [],
    "(#c), “#d”: #e.": ["c", "d", "e"],
    "#a_b #_ #__init__": ["__init__", "_", "a_b"],
    "#a-b #a.b": ["a"],
    "#हिन्दी, #한국어。#日本語": ["हिन्दी", "日本語", "한국어"],
    "#سلام، #می‌خواهم": ["سلام", "می\u200cخواهم"],
    "#ΟΔΟΣ #οδος #Οδοσ": ["οδοσ"],
    "#İstanbul #ISTANBUL #ıstanbul": ["istanbul", "ıstanbul"],
    "#\N{SNOWMAN} #️⃣ #😀": [],
    "#e\u0301te\u0301": ["e\u0301te\u0301"],
    f"#{'x' * 100} #{'y' * 101}": ["x" * 100],
    "# a": [],
    "#": [],
    "no sign of any": [],
    "#line\n#break": ["break", "line"],
    "#½ #Ⅻ #²": ["²", "½", "ⅻ"],
    "#ﬁx #ſ #K": ["k", "ſ", "ﬁx"],
}
# The characters of such texts, and many others. Python and the database know different versions of
# Unicode, so one may have a case mapping that the other lacks.
ODD = st.text(
    st.sampled_from("##&/aAzΣσςİıéÉ\u0301_1٣ .\n-😀\ufe0f\u200cßẞǅ")
    | st.characters(codec="utf-8", exclude_categories=["Cn"])
)


@pytest.mark.parametrize(("text", "tags"), FOUND.items(), ids=lambda value: repr(value)[:30])
def test_hashtags_are_found(text: str, tags: list[str]) -> None:
    assert hashtags(text) == sorted(tags)


@given(ODD)
def test_found_hashtag_is_a_hashtag_alone(text: str) -> None:
    for found in HASHTAG.finditer(text):
        assert is_hashtag(found[1])
    for tag in hashtags(text):
        assert fold(tag) == tag


@pytest.mark.parametrize("tag", ["", "1", "a b", "a#b", "#a", "x" * 101, "a/b", "a\n", "\0"])
def test_invalid_tag_is_no_hashtag(tag: str) -> None:
    assert not is_hashtag(tag)


# Without NUL, which PostgreSQL can't store.
@pytest.mark.postgres
@pytest.mark.django_db
@settings(max_examples=300, deadline=None)
@given(ODD.map(lambda text: text.replace("\0", "")))
def test_database_finds_the_same_hashtags_in_any_text(text: str) -> None:
    assert in_database(text) == hashtags(text)


@pytest.mark.postgres
@pytest.mark.django_db
def test_database_finds_the_same_hashtags_in_examples() -> None:
    assert {text: in_database(text) for text in FOUND} == {
        text: sorted(tags) for text, tags in FOUND.items()
    }


@pytest.mark.postgres
@pytest.mark.django_db
def test_hashtag_queries_use_the_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for condition in (
            "posts_hashtags(content) @> ARRAY['figs']",
            "posts_search_keys(content) @> posts_words('figs')",
        ):
            cursor.execute(f"EXPLAIN SELECT 1 FROM posts_post WHERE {condition}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert re.search(r"Bitmap Index Scan on posts_post_(search|hashtags)", plan), plan


def in_database(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT posts_hashtags(%s)", [text])
        (found,) = cursor.fetchone()
    return sorted(found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada and @Bob!", ["ada", "Bob"]),
        ("thanks, @ada.", ["ada"]),
        ("@a.b-c+d_e", ["a.b-c+d_e"]),
        ("ada@example.org", []),
        ("https://example.org/@ada", []),
        ("@@ada ..@ada", []),
        ("(@ada)", ["ada"]),
        ("@ada@example.org", ["ada@example.org"]),
        ("@ada@ and @bob@.", ["ada", "bob"]),
        ("@... @", []),
        (f"@{'x' * 150} @{'y' * 151}", ["x" * 150]),
        ("@Zoë", ["Zoë"]),
    ],
)
def test_mentions_are_separate_usernames(text: str, names: list[str]) -> None:
    assert [found[1] for found in MENTION.finditer(text)] == names


# Pieces of texts with up to three kinds of links, in numbers around the limit.
PIECES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "a.com ",
                "http://a ",
                "https://a.de/#b ",
                "x@y.org,",
                "@ada ",
                "#tag ",
                "#a",
                "www.b ",
            ]
        ),
        st.integers(0, 60),
    ),
    max_size=4,
)


@example([("http://a ", 51)], "")
@example([("a.com ", 51)], "")
@example([("@ada ", 51)], "")
@example([("#tag ", 51)], "")
@given(PIECES, ODD)
def test_texts_above_a_limit_are_refused_and_no_others(
    pieces: list[tuple[str, int]], rest: str
) -> None:
    text = "".join(piece * times for piece, times in pieces) + rest
    found = [urlize(text, autoescape=True).count("<a ")]
    found += [len(pattern.findall(text)) for pattern in (MENTION, HASHTAG)]
    if max(found) > LINKS_MAX:
        with pytest.raises(ValidationError):
            validate_links(text)
    else:
        validate_links(text)
