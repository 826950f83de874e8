"""Hashtags, mentions and links in the text of a post.

The database finds hashtags by the same grammar (migration 0004), so that they have an index.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.html import urlize
from django.utils.translation import gettext_lazy as _

from posts.source_code import without_code
from posts.word_characters import WORD_RANGES

# Each becomes a link of some hundred bytes on every page that shows the post.
LINKS_MAX = MENTIONS_MAX = HASHTAGS_MAX = 50
HASHTAG_MAX_LENGTH = 100
SIGMA = "\N{GREEK SMALL LETTER SIGMA}"

_WORD = "".join(f"{chr(first)}-{chr(last)}" for first, last in WORD_RANGES)

# Not within a word, a URL or an entity (`a#b`, `/#top`, `&#39;`), and not digits only.
HASHTAG = re.compile(
    rf"(?<![{_WORD}&/#])#(?![0-9]+(?![{_WORD}]))([{_WORD}]{{1,{HASHTAG_MAX_LENGTH}}})(?![{_WORD}])"
)
# A username; a full stop after it is not part of it. Older usernames contain an @: the part before
# it may be another account's name. An accent may be a character of its own.
_NAME = r"\w\u0300-\u036f.+-"
MENTION = re.compile(
    rf"(?<![\w@/.])@([{_NAME}]{{1,150}}(?:@[{_NAME}]{{1,149}})?(?<!\.))(?![\w\u0300-\u036f])"
)


def validate_links(text: str) -> None:
    """Check the number of links, mentions and hashtags.

    Counted as pages turn them into links, or would if each name were an account's; a mention
    within a URL counts as well, and none of them within code.

    Raises:
        ValidationError: there are more than LINKS_MAX, MENTIONS_MAX or HASHTAGS_MAX.
    """
    # Each of them has one of these characters at least, and most texts have few.
    if sum(map(text.count, ".:@#")) <= min(LINKS_MAX, MENTIONS_MAX, HASHTAGS_MAX):
        return
    text = without_code(text)
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


def in_one_line(text: str) -> str:
    """Return the text trimmed, with one space for each line break or other white space."""
    return " ".join(text.split())


def hashtags(text: str) -> list[str]:
    """Return the hashtags of `text`, folded, sorted and without duplicates."""
    return sorted({fold(found[1]) for found in HASHTAG.finditer(text)})


def fold(tag: str) -> str:
    """Return a hashtag in lower case. Both small sigmas are one letter, and İ becomes i."""
    return tag.replace("İ", "i").lower().replace("\N{GREEK SMALL LETTER FINAL SIGMA}", SIGMA)


def is_hashtag(tag: str) -> bool:
    """Return whether `#` followed by this text is one hashtag."""
    found = HASHTAG.fullmatch(f"#{tag}")
    return found is not None


def containing(tag: str) -> str:
    """Return a regular expression that finds this hashtag; use it case-insensitively."""
    return rf"(?<![{_WORD}&/#])#{re.escape(tag)}(?![{_WORD}])"
