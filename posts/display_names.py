"""What a person may be shown as, in any script, without passing for somebody else."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from posts.confusables import BLANK, skeletons
from posts.usernames import is_reserved

# They turn the text that follows, whoever wrote it, or show nothing at all.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN = _TURNING | BLANK | frozenset("\u00ad\u200b\u2028\u2029\u2060\ufeff")
# Marks that choose how a sign looks (emoji have them), and show nothing beside a letter.
_SELECTORS = frozenset("\u034f\u180b\u180c\u180d\u180f") | {
    chr(code)
    for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
}
# Letters, numbers, signs and symbols can be seen; marks, spaces and format characters can't alone.
_SEEN = frozenset("LNPS")


def check_characters(name: str) -> None:
    """Raises: ValidationError: the name hides something, or is nothing that can be seen.

    Names from right to left need none of the forbidden characters: pages isolate each name.
    """
    for char in name:
        if char in _FORBIDDEN or unicodedata.category(char) in {"Cc", "Cs"}:
            raise ValidationError(
                _("The name has a character that can\u2019t be seen (%(code)s). Take it out.")
                % {"code": f"U+{ord(char):04X}"}
            )
    if name and not any(unicodedata.category(char)[0] in _SEEN for char in name):
        raise ValidationError(_("The name has nothing that can be seen."))


def check_own(name: str, *, username: str) -> None:
    """`username` is that of the account that is to be shown so.

    Raises: ValidationError: the name is, or looks like, the username of another account, or is
        reserved.
    """
    from posts.models import User

    looks = skeletons(_compared(name)) - {""}
    if not looks or skeletons(username) & looks:
        return
    if any(is_reserved(look) for look in looks):
        raise ValidationError(_("This name is reserved. Choose another one."))
    others = User.objects.filter(username_skeleton__in=looks).exclude(username=username)
    if others.exists():
        raise ValidationError(
            _("This is, or looks like, the username of another account. Choose another name.")
        )


def check(name: str, *, username: str) -> None:
    """Raises: ValidationError: this account may not be shown so."""
    check_characters(name)
    check_own(name, username=username)


def _compared(name: str) -> str:
    """Without what nobody sees, or sees as part of a name: format characters, the @ before it."""
    seen = "".join(
        char
        for char in name
        if unicodedata.category(char) not in {"Cf", "Cn", "Co"} and char not in _SELECTORS
    )
    return " ".join(seen.split()).lstrip("@ ")
