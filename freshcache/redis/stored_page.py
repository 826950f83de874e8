"""A page as it lies in Redis."""

import json
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class StoredPage:
    """The generation that a page was filled under, its snapshot's moment, and the page."""

    generation: int
    counts: int
    as_of_us: int
    body: bytes

    def encode(self) -> bytes:
        head = {"generation": self.generation, "counts": self.counts, "as_of_us": self.as_of_us}
        return json.dumps(head).encode() + b"\n" + self.body

    @classmethod
    def decode(cls, value: bytes) -> Self | None:
        """None when the value is not of this form."""
        head, _, body = value.partition(b"\n")
        try:
            fields = json.loads(head)
            page = cls(fields["generation"], fields["counts"], fields["as_of_us"], body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        numbers = (page.generation, page.counts, page.as_of_us)
        return page if all(type(number) is int for number in numbers) else None
