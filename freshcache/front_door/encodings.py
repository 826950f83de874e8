"""Content encodings: choose the one that a client prefers, and compress a body in it."""

import gzip
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Literal

# Browsers send shorter values; longer ones must not fill the memory of `_preferred`.
MAX_CHARACTERS = 500

Encoding = Literal["identity", "br", "zstd", "gzip"]

# In the order of preference, the smallest result first. Brotli and Zstandard are optional.
_COMPRESS: dict[Encoding, Callable[[bytes], bytes]] = {}
with suppress(ImportError):
    import brotli

    _COMPRESS["br"] = lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)
with suppress(ImportError):
    import zstandard

    _COMPRESS["zstd"] = lambda body: zstandard.ZstdCompressor(level=9).compress(body)
_COMPRESS["gzip"] = lambda body: gzip.compress(body, compresslevel=6, mtime=0)


def preferred(accept_encoding: str | None) -> Encoding:
    """Return the best encoding that a client accepts (RFC 9110, section 12.5.3)."""
    if not accept_encoding or len(accept_encoding) > MAX_CHARACTERS:
        return "identity"
    return _preferred(accept_encoding)


@lru_cache(512)  # all clients together send few different values
def _preferred(accept_encoding: str) -> Encoding:
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    others = weights.get("*", 0.0)
    best: Encoding = max(_COMPRESS, key=lambda name: weights.get(name, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else "identity"


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def compress(body: bytes, encoding: Encoding) -> bytes | None:
    """Return the body in this encoding; None if it is not smaller."""
    if encoding == "identity":
        return None
    compressed = _COMPRESS[encoding](body)
    return compressed if len(compressed) < len(body) else None
