"""Posts and comments as HTML, which are kept for the next page that shows them."""

import hashlib
import marshal
import sys
import threading
from functools import cache
from typing import Any

from cachetools import LRUCache
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from feed.compiled_template import compiled

# A piece's key and its places in the cache.
CARD_OVERHEAD_BYTES = 400
# The share of the memory that pieces of isolated pages get.
ISOLATED_SHARE = 0.25


class Pieces:
    """Renders pieces of a page, which depend on their values (of JSON), slots and language alone.

    Pieces are cached, so a new page renders only the posts and comments that are new. Pieces of
    isolated pages have a separate cache, so that they never evict the others. `constants`: values
    of the template that are the same for all pieces.
    """

    def __init__(self, template: str, *, slots: bool, shared: bool, **constants: int) -> None:
        self._template = compiled(template, slots=slots, **constants)
        self._kind: tuple[Any, ...] = template, slots, get_language(), *constants.values()
        self._shared, self._isolated = _pieces(1 - ISOLATED_SHARE), _pieces(ISOLATED_SHARE)
        self._own = self._shared if shared else self._isolated

    def __call__(self, values: dict[str, Any]) -> SafeString:
        # Five times as fast as JSON. Format 2 depends on the values, not on how they share objects.
        content = marshal.dumps((self._kind, values), 2)
        key = hashlib.blake2b(content, digest_size=16).digest()
        with _pieces_lock:
            known = self._shared.get(key) or self._isolated.get(key)
        if known is not None:
            return known
        made = self._template.render(values)
        if _piece_bytes(made) <= self._own.maxsize:
            with _pieces_lock:
                self._own[key] = made
        return made


def _piece_bytes(piece: SafeString) -> int:
    return sys.getsizeof(piece) + CARD_OVERHEAD_BYTES


@cache  # made at first use: a wrong setting must be reported by the check, not fail at import
def _pieces(share: float) -> LRUCache[bytes, SafeString]:
    return LRUCache(int(settings.FEED["CARD_BYTES"] * share), getsizeof=_piece_bytes)


_pieces_lock = threading.Lock()
