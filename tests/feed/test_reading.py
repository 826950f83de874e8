"""What the pages show of a post."""

import re

import pytest

from feed.templatetags.reading import post_text, readable_time
from feed.viewers import avatar_hue


def test_text_is_escaped_and_its_addresses_are_linked_without_vouching() -> None:
    linked = post_text("<b>see</b> https://example.org/?a=1&b=2 & 'that'")
    assert linked == (
        '&lt;b&gt;see&lt;/b&gt; <a href="https://example.org/?a=1&amp;b=2"'
        ' rel="nofollow noopener ugc">https://example.org/?a=1&amp;b=2</a> &amp; &#x27;that&#x27;'
    )


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/'><script>alert(1)</script>",
        'a rel="nofollow" of their own',
    ],
)
def test_no_text_becomes_more_than_text_and_links(text: str) -> None:
    plain = re.sub(
        r'<a href="https://[^"<>]*" rel="nofollow noopener ugc">[^<]*</a>', "", post_text(text)
    )
    assert not re.search(r"[<>\"']", plain)


def test_times_are_readable_and_in_utc() -> None:
    assert readable_time("2026-11-03T09:05:07.123456Z") == "3 Nov 2026, 09:05 UTC"


def test_an_author_keeps_their_colour() -> None:
    assert avatar_hue("17") == avatar_hue(17) == "hue-1"
