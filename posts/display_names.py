"""Display names: any script is allowed, but not a name that looks like another account's.

The rule for characters holds for content warnings too.
"""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from posts.confusables import BLANK, skeletons
from posts.usernames import is_reserved

# They change the direction of the text that follows, or are invisible.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN = _TURNING | BLANK | frozenset("\u00ad\u200b\u2028\u2029\u2060\ufeff")
# Marks that choose the look of a sign (emoji use them); invisible after a letter.
_SELECTORS = frozenset("\u034f\u180b\u180c\u180d\u180f") | {
    chr(code)
    for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
}
# Unicode categories that are visible alone: letters, numbers, punctuation and symbols.
_VISIBLE = frozenset("LNPS")


def check_characters(name: str) -> None:
    """Check that a text of one line has no invisible characters, and, if any, a visible one.

    Right-to-left texts need none of the forbidden characters, since pages isolate each of them.

    Raises:
        ValidationError: it has a forbidden character or no visible one.
    """
    for char in name:
        if char in _FORBIDDEN or unicodedata.category(char) in {"Cc", "Cs"}:
            raise ValidationError(
                _("This has a character that can\u2019t be seen (%(code)s). Take it out.")
                % {"code": f"U+{ord(char):04X}"}
            )
    if name and not any(unicodedata.category(char)[0] in _VISIBLE for char in name):
        raise ValidationError(_("This has nothing that can be seen."))


def check_free(name: str, accounts: QuerySet[Any], *, username: str) -> None:
    """Check that no other one of `accounts` is called so. `username`: of the account itself.

    Raises:
        ValidationError: the name is reserved, or looks like the username of another account.
    """
    looks = skeletons(_compared(name)) - {""}
    if not looks or skeletons(username) & looks:
        return
    if any(is_reserved(look) for look in looks):
        raise ValidationError(_("This name is reserved. Choose another one."))
    others = accounts.filter(username_skeleton__in=looks).exclude(username=username)
    if others.exists():
        raise ValidationError(
            _("This is, or looks like, the username of another account. Choose another name.")
        )


def check(name: str, accounts: QuerySet[Any], *, username: str) -> None:
    """Check a new display name of the account `username`, one of `accounts`.

    Raises:
        ValidationError: the name is not allowed.
    """
    check_characters(name)
    check_free(name, accounts, username=username)


def _compared(name: str) -> str:
    """Return the visible part of a name: without format characters, marks and a leading @."""
    visible = "".join(
        char
        for char in name
        if unicodedata.category(char) not in {"Cf", "Cn", "Co"} and char not in _SELECTORS
    )
    return " ".join(visible.split()).lstrip("@ ")
