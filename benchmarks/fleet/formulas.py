"""What a fleet asks for, by hand: the arithmetic of docs/scale.md, to hold against the simulation.

Reads are Poisson, and a step takes no time, so these hold while writes are rare beside the time of
a load. δ is how long a generation is trusted, λ the reads by second and worker.
"""

from math import exp, expm1, inf

from benchmarks.fleet.traffic import Fleet

STEPS = 2_000


def questions(fleet: Fleet) -> float:
    """Questions for the generation by second.

    A worker asks at the first read after δ, so once in δ + 1/λ, unless a write of its own has told
    it meanwhile.
    """
    if not fleet.writes:
        return fleet.workers / _cycle_seconds(fleet)
    own = fleet.writes / fleet.workers
    asks = _asks_before_it_writes(fleet)
    return fleet.workers * own * asks / (1 - asks)


def fetches(fleet: Fleet) -> float:
    """Pages that workers get to know by second, from Redis or by loading.

    A worker misses a page once after each change it hears of: at once of its own, of another's
    when it asks.
    """
    reads, own = fleet.reads, fleet.writes / fleet.workers
    others = _ends(fleet) - own
    changed = 1 - exp(-others * fleet.policy.trust_seconds) * reads / (reads + others)
    if own:
        asks = _asks_before_it_writes(fleet)
        told = (1 - asks + asks * changed) / ((1 - asks) * (1 / own + 1 / reads))
    else:
        told = changed / _cycle_seconds(fleet)
    # Who asks is a read of one page; the others wait for a read of their own.
    rates = (1 / (1 / told + (1 - share) / (reads * share)) for share in fleet.shares)
    return fleet.workers * sum(rates)


def loads(fleet: Fleet) -> float:
    """Loads of the database by second: one for each page and generation in which it is read."""
    return _ends(fleet) * sum(_is_read(fleet, fleet.reads * share) for share in fleet.shares)


def loads_per_write(fleet: Fleet) -> float | None:
    """And page."""
    return loads(fleet) / _ends(fleet) / fleet.pages if fleet.writes else None


def checks(fleet: Fleet) -> float:
    """Loads by second with which workers doubt themselves."""
    return fleet.workers / (fleet.policy.self_check_seconds or inf)


def commands(fleet: Fleet) -> float:
    """Commands to Redis by second: questions, bumps, a GET for each page that a worker gets to
    know, lease, second look and fill for each load, and each worker's counts."""
    return questions(fleet) + fleet.writes + fetches(fleet) + 3 * loads(fleet) + fleet.workers


def _cycle_seconds(fleet: Fleet) -> float:
    return fleet.policy.trust_seconds + 1 / fleet.reads


def _asks_before_it_writes(fleet: Fleet) -> float:
    """How likely a worker asks before it makes a write of its own, which tells it as well."""
    own = fleet.writes / fleet.workers
    return exp(-own * fleet.policy.trust_seconds) * fleet.reads / (fleet.reads + own)


def _ends(fleet: Fleet) -> float:
    """How often a page ends: by a write, or by its age, when its grace begins."""
    life = fleet.policy.fresh_seconds(fleet.ttl_seconds)
    return fleet.writes / -expm1(-fleet.writes * life) if fleet.writes else 1 / life


def _is_read(fleet: Fleet, reads: float) -> float:
    """How likely a page with so many reads by worker is read by one who knows its generation,
    before that ends: 1 minus the integral of end e^(-end·t) · (nobody until t)."""
    end, trust = _ends(fleet), fleet.policy.trust_seconds
    trusting = (questions(fleet) + fleet.writes) / fleet.workers
    unread, width = 0.0, 12 / end / STEPS
    for step in range(STEPS):
        time = (step + 0.5) * width
        # Others hear of it when their trust in the old generation is over; who wrote, at once.
        heard, hearing = min(time, trust), max(0.0, trust - time)
        late = (exp(-reads * (time - heard)) - exp(-reads * time)) / reads
        other = (1 - trusting * trust) * exp(-reads * time) + trusting * (late + hearing)
        writer = exp(-reads * time) if fleet.writes else other
        unread += end * exp(-end * time) * writer * other ** (fleet.workers - 1) * width
    return 1 - unread
