"""Any text becomes well-formed HTML of limited size, and no character is lost."""

import re
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from feed import markup
from posts.links import word_path
from posts.mentions import names
from posts.source_code import without_backticks
from posts.text import HASHTAGS_MAX, LINKS_MAX, MENTIONS_MAX, validate_links

# The parts of the grammar, so that they are more frequent than in random text.
PIECES = st.sampled_from(
    (
        *(
            "@a",
            "#a",
            "@",
            "#",
            "https://",
            "http://[",
            "www.",
            "ab.org",
            "me@a.org",
            "mailto:",
            "&",
        ),
        *("&lt;", "&#39;", "<", ">", '"', "'", "</a>", "<script>", "(", ")", ".", ";", "/", "\\"),
        *("`", "```", "\n```\n", "```py\n", "</code>", "https://a.org/" + "b" * 80),
        *(" ", "\n", "\t", "\0", "\x02", "\x03", "\u202e", "é", "😀", "https://a.org/#b?@c "),
    )
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(PIECES | st.text(max_size=3), max_size=120).map("".join),
    st.tuples(PIECES, PIECES, st.integers(1, 1_500)).map(lambda of: (of[0] + of[1]) * of[2]),
)
# `"` becomes `&quot;`.
LONGEST_ESCAPE = 6
LINK_BYTES = 200


def linked(text: str) -> str:
    """Return the HTML of a text in which each name is an account's."""
    return markup.linked(text, {name: word_path("author", name) for name in names(text)})


class Parsed(HTMLParser):
    """A parser that collects text and links, and fails on any other markup but code."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: tuple[str, ...] = ()
        self.text, self.links = "", list[dict[str, str | None]]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, self.open) in {("a", ()), ("code", ()), ("span", ("a",))}
        self.open = (*self.open, tag)
        if tag == "a":
            self.links.append(dict(attrs))
        elif tag == "code":
            assert dict(attrs).keys() <= {"class", "dir", "tabindex", "data-language"}
        else:
            assert attrs == [("class", "hidden")]

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open[-1]
        self.open = self.open[:-1]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


@given(TEXTS)
@example("@a " * 1_666)
@example("#a " * 1_666)
@example("ab.org " * 833)
@example("a@b.org," * 625)
def test_any_text_is_kept_and_gets_a_limited_number_of_links(text: str) -> None:
    html = linked(text)
    parsed = Parsed(html)
    assert (parsed.text, parsed.open) == (without_backticks(text), ())
    kinds = [link.get("class") for link in parsed.links]
    assert kinds.count("mention") <= MENTIONS_MAX
    assert kinds.count("hashtag") <= HASHTAGS_MAX
    assert kinds.count(None) + kinds.count("cut") <= LINKS_MAX
    for link in parsed.links:
        assert re.match("https?://|mailto:|/tags/|/authors/", link["href"] or "")
        assert link.keys() <= {"class", "href", "rel", "title"}
        assert link.get("title", link["href"]) == link["href"]


@given(TEXTS)
def test_valid_text_gets_all_its_links(text: str) -> None:
    """Only texts that validation refuses have more links than are rendered."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LINKS_MAX", "MENTIONS_MAX", "HASHTAGS_MAX"):
            patch.setattr(markup, name, len(text) + 1)
        everything = linked(text)
    if linked(text) != everything:
        with pytest.raises(ValidationError):
            validate_links(text)


@pytest.mark.parametrize(
    "piece", ["@a ", "#a ", "ab.org ", "https://a.org/ ", "a@b.org ", '"', "<", "`a`", "```\na\n"]
)
def test_largest_html_of_a_text_is_limited(piece: str) -> None:
    text = (piece * 5_000)[:5_000]
    assert len(linked(text)) <= LONGEST_ESCAPE * len(text) + 50 * LINK_BYTES
