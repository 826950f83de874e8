"""Keys that sign sessions and links, read from the environment."""

from django.core.exceptions import ImproperlyConfigured

from feedsite import environment

# Django's own rule (its checks security.W009 and W025).
MIN_CHARACTERS = 50
MIN_DISTINCT_CHARACTERS = 5
INSECURE_PREFIX = "django-insecure-"
RULE = (
    f"must have at least {MIN_CHARACTERS} characters,"
    f" {MIN_DISTINCT_CHARACTERS} of them distinct, and not begin with {INSECURE_PREFIX}"
)


def secret_key() -> str:
    """Return SECRET_KEY, which signs sessions and links.

    Raises:
        ImproperlyConfigured: it is not set, or can be guessed.
    """
    key = environment.text("SECRET_KEY")
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: set it to a long random value, the same at each start."
        )
    if not _is_strong(key):
        raise ImproperlyConfigured(
            f"SECRET_KEY {RULE}: make one with"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))';"
            " all users must then sign in again."
        )
    return key


def secret_key_fallbacks() -> list[str]:
    """Return former keys: they verify what they signed, and sign nothing new.

    Raises:
        ImproperlyConfigured: a key can be guessed, so an attacker could sign with it.
    """
    keys = environment.names("SECRET_KEY_FALLBACKS")
    if not all(_is_strong(key) for key in keys):
        raise ImproperlyConfigured(
            f"Each key of SECRET_KEY_FALLBACKS {RULE}: remove the weaker keys."
        )
    return keys


def _is_strong(key: str) -> bool:
    return (
        len(key) >= MIN_CHARACTERS
        and len(set(key)) >= MIN_DISTINCT_CHARACTERS
        and not key.startswith(INSECURE_PREFIX)
    )
