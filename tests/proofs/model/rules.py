"""What the search is about: the rules of the protocol, and how much may happen."""

from dataclasses import dataclass
from typing import Literal

from tests.proofs.model.state import Program

Fault = Literal[
    "flush",
    "evict generation",
    "evict counts",
    "evict page",
    "end lease",
    "failover",
    "outage",
    "lost call",
    "kill",
    "impatience",
    "failed load",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The protocol's rules. Each may be broken, and then something promised must break too."""

    announce_after_commit: bool = True
    invalidate_by: Literal["generation", "delete", "delete twice"] = "generation"
    unique_numbers: bool = True
    highest_seen: bool = True
    generation_before_query: bool = True
    compare_and_set: bool = True
    primary_only: bool = True
    transaction_stores_nothing: bool = True
    probe_bumps: bool = True
    lost_while_probing: bool = True
    lost_at_once: bool = True
    lost_opens: bool = True
    own_numbers: Literal["from news", "from closing", "one"] = "from news"
    own_writes: bool = True
    trust_from_question: bool = True
    ttl_from_snapshot: bool = True
    lease_of_generation: bool = True
    waiters_look_again: bool = True
    second_look: bool = True
    lease_token: bool = True
    grace_within_generation: bool = True
    counts_bounded: bool = True
    counts_unique: bool = True


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Who takes part, what may go wrong (`faults`, so many of them in all), and the time-outs in
    ticks. `workers`: for each process its reading threads, and what each writing thread writes.

    `time_passes` False: no tick ever, and the readers are signed in, so that what has been told
    is due at once. `transactions`: a write and its commit are two steps. `faulty`: whose calls
    may fail, the workers that write or those that don't. `prompt`: no question takes time on its
    way to Redis, only the answer does.
    """

    name: str
    workers: tuple[tuple[int, tuple[Program, ...]], ...]
    faults: tuple[Fault, ...] = ()
    max_faults: int = 0
    time_passes: bool = False
    prompt: bool = False
    transactions: bool = False
    faulty: Literal["any", "reading", "writing"] = "any"
    signed_in: tuple[bool, ...] = (True,)
    trust: int = 1
    ttl: int = 3
    grace: int = 1
    away: int = 2
    counts_refresh: int = 1
    counts_stale: int = 2
