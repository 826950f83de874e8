"""Cursors of the feed: keyset cursors, of which the nearest to the newest post are signed.

Clients can make up a bare cursor. A near cursor has a signature: this site gave it out as the
`next` of one of the feed's first pages. Both begin the same page.
"""

import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from django.utils.crypto import salted_hmac

from posts.cursors import KEYSET_BYTES, InvalidCursor, Keyset, from_text, to_text

# How many pages after the newest one are near it.
NEAR_PAGES = 5
SALT = "feed.cursors.near"

# What follows the keyset in a near cursor: depth, limit, and a signature of everything before it.
# 72 bits cannot be guessed at a cost that is worth it; 27 bytes have one form in base64.
_NEAR_LAYOUT = struct.Struct(">BB9s")


@dataclass(frozen=True, slots=True)
class Near:
    """What a near cursor was given out for.

    `depth` is the number of pages before the one that it begins: 1 for the page after the newest.
    `limit` is the number of posts on a page.
    """

    depth: int
    limit: int


@dataclass(frozen=True, slots=True)
class Cursor(Keyset):
    """A position in the feed. `near` is None unless the signature is valid."""

    near: Near | None = None

    @classmethod
    def after_day(cls, day: date, zone: tzinfo = UTC) -> Self:
        """Return the cursor whose page begins with the last post of this day.

        Raises:
            OverflowError: The day after it is no date.
        """
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        return cls(end.astimezone(UTC), 0)

    def encode(self) -> str:
        """Return the cursor for a URL: 22 characters for a bare one, 36 for a near one."""
        packed = self.pack()
        if self.near is not None:
            packed += _pack_near(packed, self.near)
        return to_text(packed)

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a cursor from the result of `encode`.

        A cursor with a wrong signature becomes a bare one: after a change of SECRET_KEY its
        position is still right.

        Raises:
            InvalidCursor: `encode` cannot have returned this text.
        """
        packed = from_text(text)
        keyset, signed = packed[:KEYSET_BYTES], packed[KEYSET_BYTES:]
        position = Keyset.unpack(keyset)
        near = _unpack_near(keyset, signed) if signed else None
        return cls(position.created_at, position.id, near)


def _pack_near(keyset: bytes, near: Near) -> bytes:
    head = bytes((near.depth, near.limit))
    return head + salted_hmac(SALT, keyset + head, algorithm="sha256").digest()[:9]


def _unpack_near(keyset: bytes, signed: bytes) -> Near | None:
    """Return None if the signature is wrong.

    Raises:
        InvalidCursor: `signed` has another length.
    """
    try:
        depth, limit, _ = _NEAR_LAYOUT.unpack(signed)
    except struct.error as error:
        raise InvalidCursor(signed) from error
    near = Near(depth, limit)
    return near if hmac.compare_digest(signed, _pack_near(keyset, near)) else None
