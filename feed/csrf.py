"""CSRF tokens as Django makes them, at a tenth of the cost.

A page has its token masked anew in each response (BREACH, 2013), which Django does with 32 calls of
a random generator. Here one call gives all random bytes. Django checks these tokens like its own.
"""

import os
import re
import time
from functools import lru_cache
from operator import add

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH

_IS_SECRET = re.compile(f"[{CSRF_ALLOWED_CHARS}]{{{CSRF_SECRET_LENGTH}}}")
_COUNT = len(CSRF_ALLOWED_CHARS)
_ALPHABET = CSRF_ALLOWED_CHARS.encode()
# Bytes from here on would make some characters more likely than others.
_TOO_HIGH = bytes(range(256 - 256 % _COUNT, 256))
_TO_NUMBER = bytes.maketrans(_ALPHABET, bytes(range(_COUNT)))
# From any number, and the sum of two numbers of characters, to a character.
_TO_CHARACTER = bytes(_ALPHABET[number % _COUNT] for number in range(256))


def is_secret(cookie: str) -> bool:
    """Whether Django would take this value of the CSRF cookie as it is."""
    return _IS_SECRET.fullmatch(cookie) is not None


def masked_token(secret: str) -> str:
    """Return a token for forms, as `django.middleware.csrf.get_token` does for this secret."""
    random = b""
    while len(random) < CSRF_SECRET_LENGTH:
        random += os.urandom(CSRF_SECRET_LENGTH + 16).translate(None, _TOO_HIGH)
    mask = random[:CSRF_SECRET_LENGTH].translate(_TO_CHARACTER)
    numbers = secret.encode().translate(_TO_NUMBER), mask.translate(_TO_NUMBER)
    return (mask + bytes(map(add, *numbers)).translate(_TO_CHARACTER)).decode()


def cookie_header(secret: str) -> str:
    """Return the value of Set-Cookie with which Django prolongs the CSRF cookie."""
    before, after = _cookie_header(int(time.time()))
    return f"{before}{secret}{after}"


@lru_cache(maxsize=2)
def _cookie_header(second: int) -> tuple[str, str]:
    """Return what stands before and after the secret, as in `CsrfViewMiddleware`.

    `second`: the current second, because the header has the time at which the cookie ends.
    """
    response = HttpResponse()
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        "x" * CSRF_SECRET_LENGTH,
        max_age=settings.CSRF_COOKIE_AGE,
        domain=settings.CSRF_COOKIE_DOMAIN,
        path=settings.CSRF_COOKIE_PATH,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=settings.CSRF_COOKIE_HTTPONLY,
        samesite=settings.CSRF_COOKIE_SAMESITE,  # type: ignore[arg-type] # any text, to its type
    )
    text = response.cookies[settings.CSRF_COOKIE_NAME].output(header="")
    before, _, after = text.partition("x" * CSRF_SECRET_LENGTH)
    return before, after
