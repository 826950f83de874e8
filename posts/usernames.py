"""What a new account may be called. Existing accounts keep their names, whatever these are."""

import re
import unicodedata
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from posts.confusables import BLANK, scripts, skeleton

MIN_LENGTH, MAX_LENGTH = 2, 30

# Names that readers would take for the site's own voice. `createsuperuser` may still give them.
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
# As in `adm1n` and `5t4ff`. A 0 is an o already, and a 1 an l.
_WRITTEN_AS = str.maketrans("i3457", "least")
# In scripts of several, such as the Japanese sign that makes a vowel long.
_SHARED_LETTERS = frozenset("\u30fc")


def normalized(username: str) -> str:
    """As signing up stores it: one way to write each letter (NFKC), in small letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).lower())


def is_reserved(name: str) -> bool:
    """Whether `name` is reserved or looks like a name that is, signs and accents aside."""
    return _bare(name) in _reserved_looks()


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFD", skeleton(name)).translate(_WRITTEN_AS)
    return "".join(char for char in letters if char.isalnum() or char == " ")


@cache
def _reserved_looks() -> frozenset[str]:
    return frozenset(_bare(name) for name in RESERVED)


def check_form(username: str) -> None:
    """Raises: ValidationError: it has the wrong length, characters or mixture of scripts."""
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


def check_free(username: str, *, but: int | None = None) -> None:
    """Raises: ValidationError: it is reserved, or looks like the name of another account.

    `but` is the id of the account whose name may be like it. The same name, letter by letter, is
    no concern of this check: the database keeps names unique.
    """
    from posts.models import User

    if is_reserved(username):
        raise ValidationError(_("This name is reserved. Choose another one."))
    alike = User.objects.filter(username_skeleton=skeleton(username)).exclude(username=username)
    if alike.exclude(pk=but).exists():
        raise ValidationError(
            _("This name looks like the name of another account. Choose another one.")
        )


def check_new(username: str, *, but: int | None = None) -> None:
    """Raises: ValidationError: no new account may be called so. `but` as for `check_free`."""
    check_form(username)
    check_free(username, but=but)


def _is_letter(char: str) -> bool:
    if char in BLANK or not unicodedata.category(char).startswith("L"):
        return False
    return char in _SHARED_LETTERS or bool(scripts(char))


validators = [check_new]  # of sign-up: ACCOUNT_USERNAME_VALIDATORS
