"""Which responses the front door may store, and under which keys."""

from freshcache.front_door.stored_response import Headers

# Path, query, host, scheme, and the scheme that a proxy names.
Key = tuple[str | None, ...]

# Real URLs are shorter; longer keys would outweigh the responses they index.
MAX_KEY_CHARACTERS = 1_000

# A stored response may vary by these alone: Django gets the requests with one of the first two
# unless the response is the same for all, and the third chooses the encoding.
_VARIES_BY = frozenset({"authorization", "cookie", "accept-encoding"})


def is_for_all(status: str, headers: Headers) -> bool:
    """Whether status and headers allow to send the response to other readers."""
    values = {name.lower(): value for name, value in headers}
    varies_by = {name.strip().lower() for name in values.get("vary", "").split(",")}
    return (
        status.startswith("200 ")
        and "etag" in values
        and "set-cookie" not in values
        and varies_by <= _VARIES_BY
    )


def is_short(key: tuple[str | None, ...]) -> bool:
    """Return whether a key of these texts is worth storing a response under it."""
    return sum(len(part or "") for part in key) <= MAX_KEY_CHARACTERS
