"""A fleet and who comes to it."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from freshcache.policy import Policy

# When, to which worker, and which page is asked for; WRITE: something is written.
Arrival = tuple[float, int, int]
WRITE = -1


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """`reads` come by second and worker, `writes` by second in the whole fleet.

    `skew` is Zipf's exponent: the page in place n is asked for in proportion to n to minus `skew`.
    `redis_seconds`: there and back. `load_seconds`: a page's query and its JSON.
    """

    workers: int
    reads: float = 100.0
    writes: float = 1.0
    pages: int = 1
    skew: float = 1.0
    ttl_seconds: float = 30.0
    redis_seconds: float = 0.0005
    load_seconds: float = 0.006
    policy: Policy = field(default_factory=lambda: Policy(self_check_seconds=5.0))

    @property
    def shares(self) -> list[float]:
        """The part of the reads that asks for each page."""
        weights = [place**-self.skew for place in range(1, self.pages + 1)]
        return [weight / sum(weights) for weight in weights]

    def arrivals(self, seconds: float, *, seed: int) -> Iterator[Arrival]:
        """Poisson, to any worker alike."""
        rng = Random(seed)  # noqa: S311 -- chance that can be repeated
        reads = self.reads * self.workers
        total = reads + self.writes
        bounds = list(accumulate(self.shares))[:-1]
        now = rng.expovariate(total)
        while now < seconds:
            worker = int(rng.random() * self.workers)
            is_read = rng.random() * total < reads
            yield now, worker, bisect(bounds, rng.random()) if is_read else WRITE
            now += rng.expovariate(total)
