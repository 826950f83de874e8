"""Ids of rows: the largest one, and how to read one that a client sent."""

import re

from django.db import models

# The largest value of a bigint column. Databases refuse larger numbers, even in a query.
MAX_ID: int = models.BigIntegerField.MAX_BIGINT


def parse_id(text: str) -> int | None:
    """Return the id that `text` spells in ASCII digits, or None if no row can have it."""
    # The length is checked first: Python refuses to convert thousands of digits.
    if not re.fullmatch("[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if number <= MAX_ID else None
