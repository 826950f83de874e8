"""SECRET_KEY must be set. Rules for weak keys are tested in tests/security/test_starting.py."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import secret_keys


@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_secret_key_is_refused(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SECRET_KEY", value)
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is not set"):
        secret_keys.secret_key()
