"""A place in the feed: the post after which a page begins.

It names the whole sort key, (created_at, id), so that posts of the same moment are neither skipped
nor repeated, and posts written meanwhile move nothing (keyset pagination; Winand, "We need tool
support for keyset pagination", 2013).
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAYOUT = struct.Struct(">qQ")
_MAX_ID = 2**63 - 1  # of a bigint


class InvalidCursor(ValueError):  # noqa: N818 -- it reads as a sentence where it is caught
    """The text is no cursor of ours."""


@dataclass(frozen=True, slots=True)
class Cursor:
    created_at: datetime
    id: int

    @classmethod
    def after_day(cls, day: date) -> Self:
        """The place at which this day has ended, in UTC. Raise OverflowError if it is the last."""
        return cls(datetime.combine(day + timedelta(days=1), time(), UTC), 0)

    def encode(self) -> str:
        """The cursor in a URL: 22 characters of base64url (RFC 4648, section 5)."""
        microseconds = (self.created_at - _EPOCH) // _MICROSECOND
        packed = _LAYOUT.pack(microseconds, self.id)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raise `InvalidCursor` for anything that `encode` can't have returned."""
        try:
            packed = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
            microseconds, post_id = _LAYOUT.unpack(packed)
            cursor = cls(_EPOCH + microseconds * _MICROSECOND, post_id)
        except (ValueError, binascii.Error, struct.error, OverflowError) as error:
            raise InvalidCursor(text) from error
        # One place, one text: the text is part of a cache key.
        if post_id > _MAX_ID or cursor.encode() != text:
            raise InvalidCursor(text)
        return cursor
