"""How the C library keeps the memory that Python gives back."""

import ctypes

# Names and numbers of glibc's malloc.h (mallopt(3)).
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8

# Rendered pages are larger than this, and a mapping of its own is given back when it is freed.
# glibc would raise the threshold with the first of them (to 32 MB), and then keep what it freed.
MMAP_THRESHOLD_BYTES = 128 * 1024
# Threads share these, for each keeps what it freed to itself.
ARENAS = 2


def return_freed_memory() -> bool:
    """Let the process and those it starts give freed memory back; whether it could be set.

    Without it, half as much again as is in use was seen to stay with the process. Only glibc knows
    these settings; other C libraries do as they do.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES) and mallopt(_M_ARENA_MAX, ARENAS))
