"""A user's text as HTML: escaped, with code, and with links for addresses, hashtags, mentions."""

import html
import re
from collections.abc import Mapping

from django.utils.html import Urlizer
from django.utils.safestring import SafeString, mark_safe

from posts.links import word_path
from posts.source_code import Kind, Part, parts
from posts.text import HASHTAG, HASHTAGS_MAX, LINKS_MAX, MENTION, MENTIONS_MAX, fold

# A word, as Django splits text, that may be or hold a link.
_SPECIAL_WORD = re.compile(r"""(?<![^\s<>"'])[^\s<>"'.:@#]*+[.:@#][^\s<>"']*+""")
# What each address has: something after a dot or colon, or around an @.
_ADDRESS = re.compile(r"[.:].|.@.")
_NAMED = re.compile(f"{HASHTAG.pattern}|{MENTION.pattern}")
# Of a longer address, only the beginning is shown. The rest is there to be copied, read aloud and
# printed.
ADDRESS_MAX_CHARACTERS = 80
SHOWN_CHARACTERS = 60
_LONG_LINK = re.compile(
    rf'<a href="([^"]*)" rel="nofollow">([^<]{{{ADDRESS_MAX_CHARACTERS + 1},}})</a>'
)


class _Linker(Urlizer):
    """Django's `Urlizer`, which also links hashtags and mentions. Use one object for one text.

    It links word by word, because hashtags and mentions hold no space, quotation mark or angle
    bracket, and may begin right after one. `mentioned` maps the names that are accounts' to the
    paths of their pages; other names stay text. Old rows may hold more links than the limit; the
    rest stays text.
    """

    def __init__(self, mentioned: Mapping[str, str]) -> None:
        self._mentioned = mentioned
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
            if len(word) > ADDRESS_MAX_CHARACTERS:
                made = _LONG_LINK.sub(_shortened, made)
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
            href = word_path("tag", fold(tag)) if tag else self._mentioned.get(username)
            if href is None:
                continue
            link = f'<a class="{kind}" href="{html.escape(href)}">{html.escape(found[0])}</a>'
            parts += [html.escape(word[end : found.start()]), link]
            end = found.end()
        return "".join([*parts, html.escape(word[end:])])


def linked(text: str, mentioned: Mapping[str, str] | None = None) -> SafeString:
    """Return the text as HTML whose links to other sites are marked as written by users (`ugc`).

    `mentioned`: see `posts.mentions`.
    """
    linker = _Linker(mentioned or {})
    made = "".join(
        [linker.link(part.text) if part.kind is Kind.TEXT else _code(part) for part in parts(text)]
    )
    # Escaped text holds no quotation mark, so only the links that Django made are replaced.
    made = made.replace(' rel="nofollow"', ' rel="nofollow noopener ugc"')
    return mark_safe(made)  # noqa: S308 -- escaped by the linker


def _code(part: Part) -> str:
    """Return code as HTML. It has a direction of its own, so that it changes no text around it."""
    escaped = html.escape(part.text)
    if part.kind is Kind.INLINE:
        return f'<code dir="ltr">{escaped}</code>'
    language = f' data-language="{html.escape(part.language)}"' if part.language else ""
    # It scrolls sideways, so the keyboard must reach it.
    return f'<code class="block" dir="ltr" tabindex="0"{language}>{escaped}</code>'


def _shortened(link: re.Match[str]) -> str:
    href, shown = link[1], html.unescape(link[2])
    first, rest = shown[:SHOWN_CHARACTERS], shown[SHOWN_CHARACTERS:]
    return (
        f'<a class="cut" href="{href}" title="{href}" rel="nofollow">{html.escape(first)}'
        f'<span class="hidden">{html.escape(rest)}</span></a>'
    )
