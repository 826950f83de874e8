"""The marks of what an edit has changed."""

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.text_changes import MAX_CHANGED_WORDS, changes, marked

# Few words, so that texts have many in common.
WORDS = st.sampled_from(
    ["a", "b", "cat", " ", "\n", "  ", ".", "<b>", "&", "猫", "é", "🧶", "#tag"]
)
TEXTS = st.lists(WORDS, max_size=40).map("".join) | st.text(max_size=60)


def of(kind: str, text: list[list[str]]) -> str:
    return "".join(part for one, part in text if one in {"same", kind})


@given(TEXTS, TEXTS)
def test_parts_make_both_texts(old: str, new: str) -> None:
    parts = changes(old, new)
    assert (of("removed", parts), of("added", parts)) == (old, new)
    assert all(text for _, text in parts)


@given(TEXTS)
def test_equal_texts_have_no_change(text: str) -> None:
    assert changes(text, text) == ([["same", text]] if text else [])


@given(TEXTS, TEXTS)
def test_html_has_the_texts_and_no_other_tags(old: str, new: str) -> None:
    html = marked(changes(old, new))
    bare = re.sub(r'<span class="hidden">[^<]*</span>|</?(?:ins|del)>', "", html)
    assert "<" not in bare
    kept = re.sub(r"<del>.*?</del>", "", html, flags=re.DOTALL)
    kept = re.sub(r'<span class="hidden">[^<]*</span>|</?ins>', "", kept)
    assert unescape(kept).replace("¶\n", "\n") == new.replace("¶\n", "\n")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("On Thursday.", "On Friday.", "On [-Thursday][+Friday]."),
        ("the red fox", "a blue dog", "[-the red fox][+a blue dog]"),
        ("One two", "One, two", "One[+,] two"),
        ("猫が好き", "犬が好き", "[-猫][+犬]が好き"),
        ("हिन्दी", "हिन्दु", "[-हिन्दी][+हिन्दु]"),
        ("Hi 👩‍🚀", "Hi 👨‍🚀", "Hi [-👩‍🚀][+👨‍🚀]"),
        ("", "New", "[+New]"),
    ],
)
def test_whole_words_are_marked(old: str, new: str, parts: str) -> None:
    signs = {"same": "{}", "removed": "[-{}]", "added": "[+{}]"}
    assert "".join(signs[kind].format(text) for kind, text in changes(old, new)) == parts


def test_screen_readers_hear_what_was_removed_and_added() -> None:
    html = marked(changes("On <Thursday>\n", "On <Friday>\n\n"))
    assert html == (
        'On &lt;<del><span class="hidden"> (removed: </span>Thursday<span class="hidden">) </span>'
        '</del><ins><span class="hidden"> (added: </span>Friday<span class="hidden">) </span></ins>'
        '&gt;<del><span class="hidden"> (removed: </span>¶\n<span class="hidden">) </span></del>'
        '<ins><span class="hidden"> (added: </span>¶\n¶\n<span class="hidden">) </span></ins>'
    )


def test_text_with_too_many_changed_words_counts_as_written_anew() -> None:
    old = " ".join(f"a{number} same" for number in range(MAX_CHANGED_WORDS))
    new = old.replace("a", "b")
    assert changes(old, new) == [["removed", old], ["added", new]]


def test_longest_texts_that_differ_in_each_word_are_compared_in_a_fraction_of_a_second() -> None:
    old, new = ("a b " * 1_250)[:5_000], ("b a c " * 900)[:5_000]
    began = time.process_time()
    changes(old, new)
    assert time.process_time() - began < 1
