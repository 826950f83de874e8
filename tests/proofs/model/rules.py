"""The rules of the protocol, and the configurations that are searched."""

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
    "wait timeout",
    "failed load",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The rules of the protocol. Each may be broken, and then a promise must break too."""

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
    local_numbers: Literal["from news", "from closing", "one"] = "from news"
    local_writes: bool = True
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
    """The workers, the faults (at most `max_faults` in all) and the time limits in ticks.
    `workers`: for each process, its number of reading threads and the program of each writing
    thread.

    `time_passes` False: no ticks; readers are signed in, so that a change is due once Redis knows
    it. `transactions`: write and commit are two steps. `faulty`: the workers whose calls may fail.
    `prompt`: questions arrive at once; only answers take time.
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
