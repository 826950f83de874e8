"""User text becomes escaped text and links, and nothing else."""

import re
from html import unescape

import pytest
from django.utils.html import Urlizer
from hypothesis import given
from hypothesis import strategies as st

from feed.markup import linked as marked_up
from posts.links import word_path
from posts.mentions import names
from posts.text import hashtags

LINK = re.compile(r'<a (class|href)="([^"<>]*)"(?: href="([^"<>]*)"| rel="[a-z ]*")>([^<]*)</a>')


def linked(text: str) -> str:
    """Return the HTML of a text in which each name is an account's."""
    return marked_up(text, {name: word_path("author", name) for name in names(text)})


def links(text: str) -> list[tuple[str, str]]:
    """Return address and text of each link."""
    found = LINK.findall(linked(text))
    return [(href or internal, unescape(words)) for _, internal, href, words in found]


def test_text_is_escaped_and_its_links_are_marked_as_user_content() -> None:
    assert linked("<b>see</b> https://example.org/?a=1&b=2 & 'that'") == (
        '&lt;b&gt;see&lt;/b&gt; <a href="https://example.org/?a=1&amp;b=2"'
        ' rel="nofollow noopener ugc">https://example.org/?a=1&amp;b=2</a> &amp; &#x27;that&#x27;'
    )


def test_hashtags_and_mentions_link_to_their_pages() -> None:
    assert linked("(#Django, by @ada.) #Müll") == (
        '(<a class="hashtag" href="/tags/django/">#Django</a>, by'
        ' <a class="mention" href="/authors/ada/">@ada</a>.)'
        ' <a class="hashtag" href="/tags/m%C3%BCll/">#Müll</a>'
    )


ADDRESSES = ("https://example.org/#top?#x", "https://example.org/@ada")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#1 a#b C# # ## @ me@ada", []),
        (ADDRESSES[0], [(ADDRESSES[0], ADDRESSES[0])]),
        (ADDRESSES[1], [(ADDRESSES[1], ADDRESSES[1])]),
        ("me@example.org", []),
        ("'#one'\"#two\"", [("/tags/one/", "#one"), ("/tags/two/", "#two")]),
        ("<#one>#two", [("/tags/one/", "#one"), ("/tags/two/", "#two")]),
        ("&#39; &#x &#tag", []),
        ("#a,#b/#c", [("/tags/a/", "#a"), ("/tags/b/", "#b")]),
        ("@ada@bob @a+b", [("/authors/ada@bob/", "@ada@bob"), ("/authors/a+b/", "@a+b")]),
        ("#ΣΊΣΥΦΟΣ", [("/tags/%CF%83%CE%AF%CF%83%CF%85%CF%86%CE%BF%CF%83/", "#ΣΊΣΥΦΟΣ")]),
    ],
)
def test_hashtags_and_mentions_are_recognised(text: str, expected: list[tuple[str, str]]) -> None:
    assert links(text) == expected


FRAGMENTS = ["a", "www.", ".com", "http://", "https:", "/", ".", ":", "@", "(", ")", "&amp;", ";"]
FRAGMENTS += [" ", "<", "'", '"', "\n", "é", "example.org", "[", "]", "!", ","]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_addresses_are_those_that_django_finds(text: str) -> None:
    expected = Urlizer()(text, nofollow=True, autoescape=True)
    found = re.sub(r'<a class="mention" href="[^"]*">([^<]*)</a>', r"\1", linked(text))
    assert found == expected.replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')


def test_line_breaks_are_kept() -> None:
    assert linked("#one\n\n#two").count("\n") == 2


TAGGED = st.text(
    st.sampled_from("#&/;'\"<>() \n\t\x00aZ19_é\u0301ßΣ\u03c3İ\u0131漢😀"), max_size=40
)
ODD = TAGGED | st.text(st.sampled_from("#@&/.:;+-( \nahtps1"), max_size=40) | st.text(max_size=200)


@given(ODD)
def test_html_has_the_same_text_and_only_links(text: str) -> None:
    plain = LINK.sub(lambda link: link[4], linked(text))
    plain = re.sub(r'<a href="mailto:[^"<>]*">([^<]*)</a>', r"\1", plain)
    assert not re.search(r"[<>\"']", plain)
    assert unescape(plain) == text


@given(TAGGED)
def test_exactly_the_hashtags_that_the_database_finds_are_linked(text: str) -> None:
    linked_tags = {words for href, words in links(text) if href.startswith("/tags/")}
    assert {tag for words in linked_tags for tag in hashtags(words)} == set(hashtags(text))


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/'><script>alert(1)</script>",
        'a rel="nofollow" of their own',
        '#a"onclick="alert(1)',
        "@a'><script>",
    ],
)
def test_attacks_are_escaped(text: str) -> None:
    assert not re.search(r"[<>\"']", LINK.sub("", linked(text)))


def test_name_that_is_no_account_stays_text() -> None:
    assert marked_up("@ida, @nobody @Ida", {"ida": "/authors/ida/"}) == (
        '<a class="mention" href="/authors/ida/">@ida</a>, @nobody @Ida'
    )
    assert marked_up("@ida") == "@ida"


def test_code_is_shown_as_code_without_links() -> None:
    text = "See `#a <b>`:\n```py\n@ida = 1  # https://a.org\n```\nby @ida"
    assert linked(text) == (
        'See <code dir="ltr">#a &lt;b&gt;</code>:\n'
        '<code class="block" dir="ltr" tabindex="0" data-language="py">'
        "@ida = 1  # https://a.org\n</code>"
        'by <a class="mention" href="/authors/ida/">@ida</a>'
    )


def test_long_address_is_shortened_for_the_eye() -> None:
    address = f"https://example.org/?a=1&b={'x' * 300}"
    (shown,) = re.findall(r"<a .*?</a>", linked(f"({address})."))
    escaped = address.replace("&", "&amp;")
    head, tail = re.split('<span class="hidden">', shown.removesuffix("</span></a>"))
    begin = f'<a class="cut" href="{escaped}" title="{escaped}" rel="nofollow noopener ugc">'
    assert head.startswith(begin)
    assert (len(unescape(head.removeprefix(begin))), len(tail)) == (60, len(address) - 60)
    assert unescape(head.removeprefix(begin) + tail) == address
    assert 'class="cut"' not in linked(address[:80])
    assert 'class="cut"' in linked(address[:81])
