"""Limits from the environment; docs/operations.md describes each."""

from feedsite import environment

DEFAULTS = {
    # Per account.
    "writes": "120/minute",
    "uploads": "10/minute",
    "account_changes": "10/minute",
    "reauthentications": "10/minute",
    "codes": "5/5 minutes",
    # Per client address.
    "searches": "60/minute",
    "completions": "180/minute",
    "uncached_reads": "1200/minute",
    "sign_ups": "10/hour",
    "token_requests": "10/minute",
    # Per client address, and per e-mail address in the form.
    "password_resets": "10/hour",
    "confirmation_mails": "1/3 minutes",
    # Wrong passwords per client address.
    "sign_ins": "10/minute",
    # Wrong passwords per account and client address.
    "sign_in_failures": "5/5 minutes",
    # Wrong passwords per account. Beyond it, the next limit replaces `sign_in_failures`.
    "account_failures": "100/hour",
    "failures_under_attack": "1/hour",
}


def limits() -> dict[str, tuple[int, int]]:
    """Return the maximum count and its period in seconds, by what is counted.

    Raises:
        ImproperlyConfigured: LIMIT_… is no rate.
    """
    return {
        scope: environment.rate(f"LIMIT_{scope.upper()}", default=default)
        for scope, default in DEFAULTS.items()
    }
