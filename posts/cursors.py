"""Keyset cursors: a position in a list that is sorted by creation time and then by id.

A cursor holds the whole sort key, so rows of the same moment are neither skipped nor repeated, and
rows written meanwhile shift nothing (keyset pagination; Winand, "We need tool support for keyset
pagination", 2013). Clients can make them up: a cursor proves nothing.
"""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from posts.ids import MAX_ID, parse_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Big-endian: microseconds since 1970 (signed), id (unsigned).
_LAYOUT = struct.Struct(">qQ")
KEYSET_BYTES = _LAYOUT.size


class InvalidCursor(ValueError):  # noqa: N818 -- a client's mistake, named by what it is
    """The text is not a cursor of this site."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """The sort key of a row: creation time with a time zone, and id."""

    created_at: datetime
    id: int

    def pack(self) -> bytes:
        """Return the key as 16 bytes."""
        return _LAYOUT.pack((self.created_at - _EPOCH) // _MICROSECOND, self.id)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read the key from the result of `pack`.

        Raises:
            InvalidCursor: Another length, a date outside the years 1 to 9999, or an id above
                `MAX_ID`.
        """
        try:
            microseconds, row_id = _LAYOUT.unpack(packed)
            created_at = _EPOCH + microseconds * _MICROSECOND
        except (struct.error, OverflowError) as error:
            raise InvalidCursor(packed) from error
        if row_id > MAX_ID:
            raise InvalidCursor(packed)
        return cls(created_at, row_id)

    def encode(self) -> str:
        """Return the key as a cursor for a URL: 22 characters."""
        return to_text(self.pack())

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read the key from the result of `encode`.

        Raises:
            InvalidCursor: `encode` cannot have returned this text.
        """
        return cls.unpack(from_text(text))

    @classmethod
    def decode_comments(cls, text: str) -> Self:
        """Read a cursor of the comments API, which up to version 0.1 were `MICROSECONDS-ID`.

        No text has both forms: the last of 22 characters in base64url cannot be a digit.

        Raises:
            InvalidCursor: The text has neither form.
        """
        if (match := re.fullmatch("([0-9]{1,16})-([0-9]+)", text)) is None:
            return cls.decode(text)
        if (row_id := parse_id(match[2])) is None:
            raise InvalidCursor(text)
        return cls(_EPOCH + int(match[1]) * _MICROSECOND, row_id)


def to_text(packed: bytes) -> str:
    """Encode in base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Decode the result of `to_text`.

    Raises:
        InvalidCursor: `to_text` cannot have returned this text.
    """
    try:
        packed = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor(text) from error
    # Each value has one text only, because the text is part of cache keys.
    if to_text(packed) != text:
        raise InvalidCursor(text)
    return packed
