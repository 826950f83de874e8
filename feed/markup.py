"""What somebody wrote as HTML: escaped, with its addresses, hashtags and mentions as links."""

import re
from typing import Any

from django.urls import reverse
from django.utils.html import Urlizer, escape
from django.utils.safestring import SafeString, mark_safe

from posts.text import HASHTAG, MENTION, fold

_NAMED = re.compile(f"{HASHTAG.pattern}|{MENTION.pattern}")


class _Linker(Urlizer):
    """Django's, and in each word that is no address its hashtags and mentions.

    Word by word is as good as the whole: none of them goes over a space, a quotation mark or an
    angle bracket, and each may begin right after one. A mention is linked whoever is called so, for
    a card is made of its post alone.
    """

    def handle_word(self, word: str, **how: Any) -> str:
        html: str = super().handle_word(word, **how)
        if ("#" in word or "@" in word) and html == escape(word):
            return _linked(word)
        return html


def _linked(word: str) -> SafeString:
    parts, end = [], 0
    for found in _NAMED.finditer(word):
        tag, username = found.groups()
        kind = "hashtag" if tag else "mention"
        href = reverse("tag", args=[fold(tag)]) if tag else reverse("author", args=[username])
        link = f'<a class="{kind}" href="{escape(href)}">{escape(found[0])}</a>'
        parts += [escape(word[end : found.start()]), link]
        end = found.end()
    return mark_safe("".join([*parts, escape(word[end:])]))  # noqa: S308 -- each part is escaped


_link = _Linker()


def linked(text: str) -> SafeString:
    """Vouches for none of the addresses."""
    # Escaped text holds no quotation mark, so this meets only the links that Django made.
    html = _link(text, nofollow=True, autoescape=True)
    vouched = html.replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(vouched)  # noqa: S308 -- escaped by the linker
