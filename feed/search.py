"""The words of a search: their normal form, their limits, and the error texts."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posts import search_words

# Together they bound the cost of one search.
MAX_CHARACTERS = 200
MAX_WORDS = 10


def tidy(text: str) -> str:
    """Return the words with single spaces between them. Control characters count as spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def search_error(query: str) -> str:
    """Return the reason why this cannot be searched for, or an empty string.

    `query` is a result of `tidy`.
    """
    words = query.split()
    if len(query) > MAX_CHARACTERS:
        return _("That is more than %(most)d characters. Try fewer words.") % {
            "most": MAX_CHARACTERS
        }
    if len(words) > MAX_WORDS:
        return ngettext(
            "That is more than %(most)d word. Try fewer.",
            "That is more than %(most)d words. Try fewer.",
            MAX_WORDS,
        ) % {"most": MAX_WORDS}
    if words and not search_words.words(query):
        return _("There is no word in it to look for.")
    return ""
