"""The form of a page in Redis, before it is authenticated by `Store`."""

import json
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page with the generation and counts version it was loaded under.

    `as_of_us`: a moment not later than its database snapshot, in microseconds since 1970 on the
    clock of Redis.
    """

    generation: int
    counts_version: int
    as_of_us: int
    body: bytes

    def encode(self) -> bytes:
        """Return a JSON object on one line, then the body."""
        head = {
            "generation": self.generation,
            "counts": self.counts_version,
            "as_of_us": self.as_of_us,
        }
        return json.dumps(head).encode() + b"\n" + self.body

    @classmethod
    def decode(cls, value: bytes) -> Self | None:
        """Return the page; None if the value is not of this form."""
        head, _, body = value.partition(b"\n")
        try:
            fields = json.loads(head)
            page = cls(fields["generation"], fields["counts"], fields["as_of_us"], body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        numbers = (page.generation, page.counts_version, page.as_of_us)
        return page if all(type(number) is int for number in numbers) else None
