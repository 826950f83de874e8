"""What is in the text of a post besides words: hashtags, mentions and links.

The database finds hashtags by the same grammar (migration 0004), so that an index can hold them.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.html import urlize
from django.utils.translation import gettext_lazy as _

from posts.word_characters import WORD_RANGES

# Each becomes a link of some hundred bytes on every page that shows the post.
LINKS_MAX = MENTIONS_MAX = HASHTAGS_MAX = 50
HASHTAG_MAX_LENGTH = 100
SIGMA = "\N{GREEK SMALL LETTER SIGMA}"

_WORD = "".join(f"{chr(first)}-{chr(last)}" for first, last in WORD_RANGES)

# Not within a word, an address or an entity (`a#b`, `/#top`, `&#39;`), and never a mere number.
HASHTAG = re.compile(
    rf"(?<![{_WORD}&/#])#(?![0-9]+(?![{_WORD}]))([{_WORD}]{{1,{HASHTAG_MAX_LENGTH}}})(?![{_WORD}])"
)
# A username as accounts may have it; a sentence may end right behind it. Older ones have an @ in
# them, and without it would be somebody else's.
MENTION = re.compile(r"(?<![\w@/.])@([\w.+-]{1,150}(?:@[\w.+-]{1,149})?(?<!\.))(?!\w)")


def validate_links(text: str) -> None:
    """Raise `ValidationError` if there are more links, mentions or hashtags than fit.

    Counted as they would become links (`feed.markup`); a mention within an address counts as well.
    """
    found = (
        (urlize(text, autoescape=True).count("<a "), LINKS_MAX, _("links")),
        (len(MENTION.findall(text)), MENTIONS_MAX, _("mentions")),
        (len(HASHTAG.findall(text)), HASHTAGS_MAX, _("hashtags")),
    )
    if errors := [
        ValidationError(
            _("That is %(count)d %(kind)s; %(most)d fit."),
            code="too_many_links",
            params={"count": count, "kind": kind, "most": most},
        )
        for count, most, kind in found
        if count > most
    ]:
        raise ValidationError(errors)


def hashtags(text: str) -> list[str]:
    """The hashtags of `text`, each once, sorted, as `fold` makes them."""
    return sorted({fold(found[1]) for found in HASHTAG.finditer(text)})


def fold(tag: str) -> str:
    """A hashtag in lower case; both forms of the small sigma, and the i of İ, are one letter."""
    return tag.replace("İ", "i").lower().replace("\N{GREEK SMALL LETTER FINAL SIGMA}", SIGMA)


def is_hashtag(tag: str) -> bool:
    """Whether `#` and this, standing alone, are a hashtag."""
    found = HASHTAG.fullmatch(f"#{tag}")
    return found is not None


def containing(tag: str) -> str:
    """A regular expression, to be used without regard to case, for texts with this hashtag."""
    return rf"(?<![{_WORD}&/#])#{re.escape(tag)}(?![{_WORD}])"
