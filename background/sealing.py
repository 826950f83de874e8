"""Encryption of what a task must not keep in clear text: a mail may hold a link that sets a
password, and a copy of the database must not allow a sign-in."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from background.errors import PermanentError


def seal(text: str) -> str:
    """Encrypt a text with a key derived from SECRET_KEY."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt a text, also one from before the last change of SECRET_KEY.

    Raises:
        PermanentError: it was encrypted with another key.
    """
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise PermanentError("Encrypted with a SECRET_KEY that this site has no longer.") from None


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(
            base64.urlsafe_b64encode(
                salted_hmac("background.sealing", "", secret=secret, algorithm="sha256").digest()
            )
        )
        for secret in secrets
    )
