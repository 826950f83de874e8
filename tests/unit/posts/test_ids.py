"""Ids that clients send."""

import pytest

from posts.ids import MAX_ID, parse_id


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), (str(MAX_ID), MAX_ID), ("1000000000000000000", 10**18)],
)
def test_digits_up_to_the_largest_bigint_are_an_id(text: str, number: int) -> None:
    assert parse_id(text) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", " 1", "1\n", "1.0", "x", "\u0661", str(MAX_ID + 1), "9" * 5_000]
)
def test_other_text_is_no_id(text: str) -> None:
    assert parse_id(text) is None
