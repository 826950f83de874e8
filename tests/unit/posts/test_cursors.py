"""Keyset cursors: their own form, and the decimal form that earlier releases gave out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.cursors import InvalidCursor, Keyset
from posts.ids import MAX_ID

MOMENT = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)


def test_decimal_cursor_of_an_earlier_release_is_read() -> None:
    assert Keyset.decode_comments("1795428000123456-42") == Keyset(MOMENT, 42)
    assert Keyset.decode_comments(f"0-{MAX_ID}") == Keyset(datetime(1970, 1, 1, tzinfo=UTC), MAX_ID)


def test_present_cursor_of_comments_is_read() -> None:
    assert Keyset.decode_comments(Keyset(MOMENT, 42).encode()) == Keyset(MOMENT, 42)


@pytest.mark.parametrize(
    "text", ["", "1", "1-", "-1-1", f"1-{MAX_ID + 1}", "1-1\n", 17 * "1" + "-1"]
)
def test_other_text_is_no_cursor_of_comments(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Keyset.decode_comments(text)


@given(st.from_regex(r"[0-9]{1,16}-[0-9]{1,19}", fullmatch=True))
def test_no_decimal_cursor_is_also_a_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Keyset.decode(text)


def test_no_decimal_cursor_of_22_characters_is_also_a_cursor() -> None:
    """Digits and a hyphen are base64url, but none of them can be the last of 22 characters."""
    for last in "0123456789":
        with pytest.raises(InvalidCursor):
            Keyset.decode(f"1795428000123456-1234{last}")
