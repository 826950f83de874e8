"""Rules for new usernames. Existing accounts keep their names."""

import re
import unicodedata
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from posts.confusables import BLANK, scripts, skeleton

MIN_LENGTH, MAX_LENGTH = 2, 30

# Names that look official. `createsuperuser` may still use them.
RESERVED = frozenset(
    {
        *("abuse", "admin", "administration", "administrator", "administrators", "admins"),
        *("all", "anonymous", "api", "everybody", "everyone", "feed", "help", "helpdesk"),
        *("hostmaster", "info", "mod", "moderation", "moderator", "moderators", "mods", "nobody"),
        *("noreply", "null", "official", "operator", "owner", "postmaster", "root", "security"),
        *("staff", "superuser", "support", "sysadmin", "system", "team", "undefined"),
        *("webmaster", "www"),
    }
)
_SIGNS = "._-"
# As in `adm1n` and `5t4ff`. The skeleton already maps 0 to o and 1 to l.
_WRITTEN_AS = str.maketrans("i3457", "least")
# Letters of several scripts, such as the Japanese sign for a long vowel.
_SHARED_LETTERS = frozenset("\u30fc")


def normalized(username: str) -> str:
    """Return the username as sign-up stores it: NFKC, in lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).lower())


def is_reserved(name: str) -> bool:
    """Return whether `name` is or looks like a reserved name, without signs and accents."""
    return _bare(name) in _reserved_looks()


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFD", skeleton(name)).translate(_WRITTEN_AS)
    return "".join(char for char in letters if char.isalnum() or char == " ")


@cache
def _reserved_looks() -> frozenset[str]:
    return frozenset(_bare(name) for name in RESERVED)


def check_form(username: str) -> None:
    """Check length, characters and scripts.

    Raises:
        ValidationError: one of them is not allowed.
    """
    if not MIN_LENGTH <= len(username) <= MAX_LENGTH:
        raise ValidationError(
            _("Use %(min)d to %(max)d characters.") % {"min": MIN_LENGTH, "max": MAX_LENGTH}
        )
    letters = [char for char in username if _is_letter(char)]
    if not all(char in letters or char in "0123456789" or char in _SIGNS for char in username):
        raise ValidationError(
            _("Use letters, digits from 0 to 9, dots, hyphens and underscores only.")
        )
    if not letters:
        raise ValidationError(_("Use at least one letter."))
    if re.search(r"^[.-]|[.-]$|\.\.", username):
        raise ValidationError(
            _("Dots and hyphens stand between letters, and no two dots follow each other.")
        )
    if len(mixed := scripts("".join(letters))) > 1:
        raise ValidationError(
            _("Use the letters of one script only: these are of %(scripts)s.")
            % {"scripts": ", ".join(sorted(name.title() for name in mixed))}
        )


def check_free(username: str, others: QuerySet[Any]) -> None:
    """Check that the name is not reserved and looks like no name of the accounts `others`.

    The identical name is not checked here: the database keeps usernames unique.

    Raises:
        ValidationError: the name is reserved, or looks like that of another account.
    """
    if is_reserved(username):
        raise ValidationError(_("This name is reserved. Choose another one."))
    alike = others.filter(username_skeleton=skeleton(username)).exclude(username=username)
    if alike.exists():
        raise ValidationError(
            _("This name looks like the name of another account. Choose another one.")
        )


def check_new(username: str, others: QuerySet[Any]) -> None:
    """Check a new name, which must look like no name of the accounts `others`.

    Raises:
        ValidationError: the name is not allowed.
    """
    check_form(username)
    check_free(username, others)


def _is_letter(char: str) -> bool:
    if char in BLANK or not unicodedata.category(char).startswith("L"):
        return False
    return char in _SHARED_LETTERS or bool(scripts(char))
