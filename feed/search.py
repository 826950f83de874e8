"""What somebody looks for: words, within limits, and what to say where it is not that."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Together they bound what one search can cost. They are more than anybody types.
MAX_CHARACTERS = 200
MAX_WORDS = 10


def tidy(text: str) -> str:
    """The same words with single spaces between them; control characters are no part of a word."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def search_error(query: str) -> str:
    """Why there can't be a search for this; empty if there can. `query` is tidy."""
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
    if words and not any(c.isalnum() for c in query):
        return _("There is no word in it to look for.")
    return ""
