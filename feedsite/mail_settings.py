"""Django's e-mail settings from the environment."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from feedsite import environment


def email(*, local: bool) -> dict[str, Any]:
    """Return Django's e-mail settings from EMAIL_URL. With it, mail is enqueued.

    Without EMAIL_URL, a site that other machines cannot reach (`local`) prints its messages. Any
    other site sends none: a log must not hold links that set a password.

    Raises:
        ImproperlyConfigured: EMAIL_URL is no URL of a mail server.
    """
    if not (url := environment.text("EMAIL_URL")):
        console = "django.core.mail.backends.console.EmailBackend"
        return {"EMAIL_BACKEND": console if local else "feedsite.mail.NoMailBackend"}
    try:
        parsed: dict[str, Any] = dict(environment.env.dj_email_url("EMAIL_URL"))
    except (EnvError, ValueError):
        parsed = {}
    # The parser accepts any scheme, and silently drops what it does not know.
    if not url.startswith(("submission://", "smtp://")) or not parsed.get("EMAIL_HOST"):
        raise ImproperlyConfigured(
            "EMAIL_URL must look like submission://USER:PASSWORD@HOST:587 (with STARTTLS),"
            " or smtp://HOST:25 (without; with ?ssl=1, TLS from the start)."
        )
    return {**parsed, "EMAIL_BACKEND": "background.mail_queue.QueueBackend"}


def confirm_addresses(*, sends_mail: bool) -> bool:
    """Return whether only users with a confirmed address may write; by default if EMAIL_URL is set.

    Raises:
        ImproperlyConfigured: CONFIRM_ADDRESSES is 1 on a site that sends no mail.
    """
    confirm = environment.flag("CONFIRM_ADDRESSES", default=bool(environment.text("EMAIL_URL")))
    if confirm and not sends_mail:
        raise ImproperlyConfigured(
            "CONFIRM_ADDRESSES=1 needs EMAIL_URL: without mail no address can be confirmed."
        )
    return confirm
