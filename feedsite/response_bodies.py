"""Response bodies: small ones are read at once, large ones are sent in pieces."""

from collections.abc import Callable, Iterator
from typing import Any

# The server buffers a response up to this size, which frees the thread. A larger file is sent in
# pieces, as fast as its client reads.
MAX_BUFFERED_BYTES = 256 * 1024


class BufferedResponse(list[bytes]):
    """A complete response body, whose Django response is closed already."""

    django_response: Any = None  # what it was made from, for freshcache's front door

    def close(self) -> None:
        """Do nothing: WSGI servers call it."""


class Stream:
    """The pieces of a response. `on_close` is called after it is closed."""

    def __init__(self, response: Any, on_close: Callable[[], None]) -> None:
        self._response = response
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            self._on_close()


def is_small(response: Any) -> bool:
    return int(response.get("Content-Length", MAX_BUFFERED_BYTES + 1)) <= MAX_BUFFERED_BYTES


def buffered(response: Any) -> BufferedResponse:
    """Read and close a response, so that Django's `request_finished` runs in this lane."""
    try:
        buffered = BufferedResponse([b"".join(response)])
        buffered.django_response = response
        return buffered
    finally:
        response.close()
