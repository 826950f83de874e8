"""A place in the feed: the post after which a page begins.

It names the whole sort key, (created_at, id), so that posts of the same moment are neither skipped
nor repeated, and posts written meanwhile move nothing (keyset pagination; Winand, "We need tool
support for keyset pagination", 2013).

A bare cursor is a place, and anybody can make one up. A near cursor is a place with a signature:
this site gave it as the `next` of one of the feed's first pages. Both begin the same posts.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.utils.crypto import salted_hmac

# How many pages after the newest are near it.
NEAR_PAGES = 5
SALT = "feed.cursors.near"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAYOUT = struct.Struct(">qQ")
# What follows the place in a near cursor: depth, limit, and the signature of all before it.
# 72 bits are beyond guessing for what they protect, and 27 bytes have one form in base64.
_NEAR_LAYOUT = struct.Struct(">BB9s")
_MAX_ID = 2**63 - 1  # of a bigint


class InvalidCursor(ValueError):  # noqa: N818 -- it reads as a sentence where it is caught
    """The text is no cursor of ours."""


@dataclass(frozen=True, slots=True)
class Near:
    """Whose `next` a near cursor is: `depth` is 1 for that of the newest page, and `limit` the
    number of posts on a page."""

    depth: int
    limit: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place. `near` is set only if the signature was right."""

    created_at: datetime
    id: int
    near: Near | None = None

    @classmethod
    def after_day(cls, day: date) -> Self:
        """The place at which this day has ended, in UTC. Raise OverflowError if it is the last."""
        return cls(datetime.combine(day + timedelta(days=1), time(), UTC), 0)

    def encode(self) -> str:
        """The cursor in a URL, in base64url (RFC 4648, section 5): 22 characters for a bare one, 36
        for a near one."""
        packed = _LAYOUT.pack((self.created_at - _EPOCH) // _MICROSECOND, self.id)
        if self.near is not None:
            packed += _pack_near(packed, self.near)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raise `InvalidCursor` for anything that `encode` can't have returned.

        With a wrong signature it is a bare cursor: the place is still right after a new SECRET_KEY.
        """
        try:
            packed = base64.b64decode(_padded(text), altchars=b"-_", validate=True)
            place, signed = packed[: _LAYOUT.size], packed[_LAYOUT.size :]
            microseconds, post_id = _LAYOUT.unpack(place)
            created_at = _EPOCH + microseconds * _MICROSECOND
            near = _unpack_near(place, signed) if signed else None
        except (ValueError, binascii.Error, struct.error, OverflowError) as error:
            raise InvalidCursor(text) from error
        # One place, one text: the text is part of a cache key.
        canonical = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
        if post_id > _MAX_ID or canonical != text:
            raise InvalidCursor(text)
        return cls(created_at, post_id, near)


def _padded(text: str) -> bytes:
    return text.encode("ascii") + b"=" * (-len(text) % 4)


def _pack_near(place: bytes, near: Near) -> bytes:
    head = bytes((near.depth, near.limit))
    return head + salted_hmac(SALT, place + head, algorithm="sha256").digest()[:9]


def _unpack_near(place: bytes, signed: bytes) -> Near | None:
    """None if the signature is wrong. Raise `struct.error` for another length."""
    depth, limit, _ = _NEAR_LAYOUT.unpack(signed)
    near = Near(depth, limit)
    return near if hmac.compare_digest(signed, _pack_near(place, near)) else None
