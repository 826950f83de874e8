"""A fleet and its traffic."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from freshcache.policy import Policy

# Time in seconds, number of the worker, and number of the page, or WRITE.
Arrival = tuple[float, int, int]
WRITE = -1


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A fleet with `reads` per second and worker, and `writes` per second in the whole fleet.

    `skew` is Zipf's exponent: reads of the n-th page are proportional to n^-skew. `redis_seconds`
    is the round trip of a command. `load_seconds` is a page's query and its JSON.
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
        """The share of each page in the reads."""
        weights = [place**-self.skew for place in range(1, self.pages + 1)]
        return [weight / sum(weights) for weight in weights]

    def arrivals(self, seconds: float, *, seed: int) -> Iterator[Arrival]:
        """Yield reads and writes as a Poisson process, evenly distributed over the workers."""
        rng = Random(seed)  # noqa: S311 -- a repeatable run, not a secret
        reads = self.reads * self.workers
        total = reads + self.writes
        bounds = list(accumulate(self.shares))[:-1]
        now = rng.expovariate(total)
        while now < seconds:
            worker = int(rng.random() * self.workers)
            is_read = rng.random() * total < reads
            yield now, worker, bisect(bounds, rng.random()) if is_read else WRITE
            now += rng.expovariate(total)
