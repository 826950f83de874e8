"""What somebody wrote as HTML: escaped, with its addresses, hashtags and mentions as links."""

import re

from django.urls import reverse
from django.utils.html import Urlizer, escape
from django.utils.safestring import SafeString, mark_safe

from posts.text import HASHTAG, HASHTAGS_MAX, LINKS_MAX, MENTION, MENTIONS_MAX, fold

_NAMED = re.compile(f"{HASHTAG.pattern}|{MENTION.pattern}")


class _Linker(Urlizer):
    """Django's, and in each word that is no address its hashtags and mentions: for one text.

    Word by word is as good as the whole: none of them goes over a space, a quotation mark or an
    angle bracket, and each may begin right after one. A mention is linked whoever is called so, for
    a card is made of its post alone. Rows from before there was a limit may hold more than fit:
    what is over stays text.
    """

    def __init__(self) -> None:
        self._left = {"link": LINKS_MAX, "mention": MENTIONS_MAX, "hashtag": HASHTAGS_MAX}
        self._plain: dict[str, str] = {}

    def link(self, text: str) -> str:
        """The text as HTML."""
        return "".join(map(self._word, self.word_split_re.split(text)))

    def _word(self, word: str) -> str:
        if (known := self._plain.get(word)) is not None:
            return known
        html = escaped = str(escape(word))
        if self._left["link"]:
            how = {"safe_input": False, "nofollow": True, "autoescape": True}
            html = self.handle_word(word, **how)
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
    """Vouches for none of the addresses."""
    # Escaped text holds no quotation mark, so this meets only the links that Django made.
    vouched = _Linker().link(text).replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(vouched)  # noqa: S308 -- escaped by the linker
