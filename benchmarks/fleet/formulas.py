"""Formulas of docs/scale.md for the load of a fleet, which tests compare with the simulation.

Reads are a Poisson process and a step takes no time, so they hold while the time between writes is
long compared with a load. δ is the time for which a generation is trusted, λ the reads per second
and worker.
"""

from math import exp, expm1, inf

from benchmarks.fleet.traffic import Fleet

STEPS = 2_000


def questions(fleet: Fleet) -> float:
    """Return the confirmations of the generation per second.

    A worker asks Redis at the first read after δ, so once in δ + 1/λ, unless it has written
    meanwhile, which also returns the generation.
    """
    if not fleet.writes:
        return fleet.workers / _cycle_seconds(fleet)
    writes = fleet.writes / fleet.workers
    asks = _asks_before_writing(fleet)
    return fleet.workers * writes * asks / (1 - asks)


def fetches(fleet: Fleet) -> float:
    """Return the pages that workers fetch per second, from Redis or by loading.

    A worker misses each page once after a change that it learns of: after its own write at once,
    after another worker's write when it asks Redis.
    """
    reads, own_writes = fleet.reads, fleet.writes / fleet.workers
    others = _ends(fleet) - own_writes
    changed = 1 - exp(-others * fleet.policy.trust_seconds) * reads / (reads + others)
    if own_writes:
        asks = _asks_before_writing(fleet)
        learned = (1 - asks + asks * changed) / ((1 - asks) * (1 / own_writes + 1 / reads))
    else:
        learned = changed / _cycle_seconds(fleet)
    # The read that asks Redis fetches its page; each other page is fetched at its next read.
    rates = (1 / (1 / learned + (1 - share) / (reads * share)) for share in fleet.shares)
    return fleet.workers * sum(rates)


def loads(fleet: Fleet) -> float:
    """Return the database loads per second: one per page and generation in which it is read."""
    return _ends(fleet) * sum(_is_read(fleet, fleet.reads * share) for share in fleet.shares)


def loads_per_write(fleet: Fleet) -> float | None:
    """Return the loads per write and page; None without writes."""
    return loads(fleet) / _ends(fleet) / fleet.pages if fleet.writes else None


def checks(fleet: Fleet) -> float:
    """Return the database loads of self-checks per second."""
    return fleet.workers / (fleet.policy.self_check_seconds or inf)


def commands(fleet: Fleet) -> float:
    """Return the commands to Redis per second.

    These are confirmations, bumps, a GET for each fetched page, three commands for each load
    (lease, second GET, fill), and one command per worker for its metrics.
    """
    return questions(fleet) + fleet.writes + fetches(fleet) + 3 * loads(fleet) + fleet.workers


def _cycle_seconds(fleet: Fleet) -> float:
    return fleet.policy.trust_seconds + 1 / fleet.reads


def _asks_before_writing(fleet: Fleet) -> float:
    """Return the probability that a worker asks for the generation before its next write."""
    writes = fleet.writes / fleet.workers
    return exp(-writes * fleet.policy.trust_seconds) * fleet.reads / (fleet.reads + writes)


def _ends(fleet: Fleet) -> float:
    """Return how often per second a page expires: by a write, or at the start of its grace."""
    life = fleet.policy.fresh_seconds(fleet.ttl_seconds)
    return fleet.writes / -expm1(-fleet.writes * life) if fleet.writes else 1 / life


def _is_read(fleet: Fleet, reads: float) -> float:
    """Return the probability that a page is read in its generation, by a worker that knows it.

    `reads` of this page per second and worker. It is 1 minus the integral over t of
    end · e^(-end·t) · P(no such read until t).
    """
    end, trust = _ends(fleet), fleet.policy.trust_seconds
    trusting = (questions(fleet) + fleet.writes) / fleet.workers
    unread, width = 0.0, 12 / end / STEPS
    for step in range(STEPS):
        time = (step + 0.5) * width
        # The writer learns of it at once, others when their trust in the old generation ends.
        learned, unaware = min(time, trust), max(0.0, trust - time)
        late = (exp(-reads * (time - learned)) - exp(-reads * time)) / reads
        other = (1 - trusting * trust) * exp(-reads * time) + trusting * (late + unaware)
        writer = exp(-reads * time) if fleet.writes else other
        unread += end * exp(-end * time) * writer * other ** (fleet.workers - 1) * width
    return 1 - unread
