"""A user's text as HTML: escaped, with links for addresses, hashtags and mentions."""

import re

from django.urls import reverse
from django.utils.html import Urlizer, escape
from django.utils.safestring import SafeString, mark_safe

from posts.text import HASHTAG, HASHTAGS_MAX, LINKS_MAX, MENTION, MENTIONS_MAX, fold

_NAMED = re.compile(f"{HASHTAG.pattern}|{MENTION.pattern}")


class _Linker(Urlizer):
    """Django's `Urlizer`, which also links hashtags and mentions. Use one object for one text.

    It links word by word, because hashtags and mentions hold no space, quotation mark or angle
    bracket, and may begin right after one. A mention is linked whether or not the user exists: a
    card is rendered from its post alone. Old rows may hold more links than the limit; the rest
    stays text.
    """

    def __init__(self) -> None:
        self._left = {"link": LINKS_MAX, "mention": MENTIONS_MAX, "hashtag": HASHTAGS_MAX}
        self._plain: dict[str, str] = {}

    def link(self, text: str) -> str:
        """Return the text as HTML."""
        return "".join(map(self._word, self.word_split_re.split(text)))

    def _word(self, word: str) -> str:
        if (known := self._plain.get(word)) is not None:
            return known
        html = escaped = str(escape(word))
        if self._left["link"]:
            options = {"safe_input": False, "nofollow": True, "autoescape": True}
            html = self.handle_word(word, **options)
        if html != escaped:
            self._left["link"] -= 1
        elif "#" in word or "@" in word:
            html = self._names(word)
        if html == escaped:
            self._plain[word] = html
        return html

    def _names(self, word: str) -> str:
        parts, end = [], 0
        for found in _NAMED.finditer(word):
            tag, username = found.groups()
            kind = "hashtag" if tag else "mention"
            if not self._left[kind]:
                continue
            self._left[kind] -= 1
            href = reverse("tag", args=[fold(tag)]) if tag else reverse("author", args=[username])
            link = f'<a class="{kind}" href="{escape(href)}">{escape(found[0])}</a>'
            parts += [escape(word[end : found.start()]), link]
            end = found.end()
        return "".join([*parts, escape(word[end:])])


def linked(text: str) -> SafeString:
    """Return the text as HTML whose links to other sites are marked as written by users (`ugc`)."""
    # Escaped text holds no quotation mark, so only the links that Django made are replaced.
    html = _Linker().link(text).replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(html)  # noqa: S308 -- escaped by the linker
