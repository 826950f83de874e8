"""A user's text as HTML: escaped, with links for addresses, hashtags and mentions."""

import html
import re

from django.utils.html import Urlizer
from django.utils.safestring import SafeString, mark_safe

from posts.links import word_path
from posts.text import HASHTAG, HASHTAGS_MAX, LINKS_MAX, MENTION, MENTIONS_MAX, fold

# A word, as Django splits text, that may be or hold a link.
_SPECIAL_WORD = re.compile(r"""(?<![^\s<>"'])[^\s<>"'.:@#]*+[.:@#][^\s<>"']*+""")
# What each address has: something after a dot or colon, or around an @.
_ADDRESS = re.compile(r"[.:].|.@.")
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
        parts, end = [], 0
        for found in _SPECIAL_WORD.finditer(text):
            parts += [html.escape(text[end : found.start()]), self._word(found[0])]
            end = found.end()
        return "".join([*parts, html.escape(text[end:])])

    def _word(self, word: str) -> str:
        if (known := self._plain.get(word)) is not None:
            return known
        made = escaped = html.escape(word)
        if self._left["link"] and _ADDRESS.search(word):
            options = {"safe_input": False, "nofollow": True, "autoescape": True}
            made = self.handle_word(word, **options)
        if made != escaped:
            self._left["link"] -= 1
        elif "#" in word or "@" in word:
            made = self._names(word)
        if made == escaped:
            self._plain[word] = made
        return made

    @staticmethod
    def is_email_simple(value: str) -> bool:
        """As Django's, which makes a validator for each word with a dot."""
        return "@" in value and Urlizer.is_email_simple(value)

    def _names(self, word: str) -> str:
        parts, end = [], 0
        for found in _NAMED.finditer(word):
            tag, username = found.groups()
            kind = "hashtag" if tag else "mention"
            if not self._left[kind]:
                continue
            self._left[kind] -= 1
            href = word_path("tag", fold(tag)) if tag else word_path("author", username)
            link = f'<a class="{kind}" href="{html.escape(href)}">{html.escape(found[0])}</a>'
            parts += [html.escape(word[end : found.start()]), link]
            end = found.end()
        return "".join([*parts, html.escape(word[end:])])


def linked(text: str) -> SafeString:
    """Return the text as HTML whose links to other sites are marked as written by users (`ugc`)."""
    # Escaped text holds no quotation mark, so only the links that Django made are replaced.
    made = _Linker().link(text).replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(made)  # noqa: S308 -- escaped by the linker
