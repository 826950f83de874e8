"""The configurations that are searched: the usual ones, in each test run, and the larger ones.

Each is small enough to be searched completely. What one leaves out, another includes.
"""

from dataclasses import replace

from tests.proofs.model.rules import Configuration
from tests.proofs.model.state import Program

POST: Program = ("post",)
TWO: Program = ("post", "post")
LIKE: Program = ("like",)
READER: tuple[int, tuple[Program, ...]] = (1, ())
TWO_READERS: tuple[int, tuple[Program, ...]] = (2, ())

THREE_WORKERS = Configuration(name="three workers", workers=(READER, READER, (1, (POST,))))
TWO_CHANGES = Configuration(name="two changes", workers=(READER, (1, (TWO,))))
ROLLED_BACK = Configuration(
    name="a transaction rolled back",
    workers=(READER, (1, (("post", "rolled back"),))),
    transactions=True,
)
LOST_KEYS = Configuration(
    name="flush, eviction, failover",
    workers=(READER, (0, (POST,))),
    faults=("flush", "evict generation", "evict page", "failover"),
    max_faults=2,
)
OUTAGES = Configuration(
    name="two outages", workers=(READER, (0, (POST,))), faults=("outage",), max_faults=2
)
OWN_OUTAGES = Configuration(
    name="two outages of the writer's worker",
    workers=((1, (POST,)),),
    faults=("outage", "lost call"),
    max_faults=2,
)
PROBE = Configuration(
    name="a call of the writer's worker fails",
    workers=(READER, (1, (POST,))),
    faults=("lost call",),
    max_faults=1,
    faulty="writing",
)
LEASES = Configuration(
    name="lease and flight",
    workers=(TWO_READERS, (1, (POST,))),
    faults=("end lease",),
    max_faults=1,
)
LEASES_LOST = Configuration(
    name="leases and loaders lost",
    workers=(READER, READER, READER),
    faults=("end lease", "wait timeout", "failed load", "kill"),
    max_faults=3,
)
TRUST = Configuration(
    name="trust", workers=(READER, (0, (POST,))), time_passes=True, signed_in=(False,)
)
TTL = Configuration(
    name="TTL and grace",
    workers=(TWO_READERS, (0, (("unannounced",),))),
    time_passes=True,
    signed_in=(False,),
    trust=0,
    ttl=2,
)
AWAY = Configuration(
    name="time without Redis",
    workers=(READER, (0, (("unannounced",),))),
    faults=("outage",),
    max_faults=1,
    time_passes=True,
    faulty="reading",
    prompt=True,
    signed_in=(False,),
)
COUNTS = Configuration(
    name="counts, evicted",
    workers=(READER, (0, (LIKE,))),
    faults=("evict counts",),
    max_faults=1,
    time_passes=True,
    prompt=True,
    signed_in=(False,),
)

# Used for variants: enough ticks or threads to show one broken rule.
LONG_TRUST = replace(TRUST, name="trust, a long TTL", ttl=6)
COUNTS_RENEWED = replace(
    COUNTS, name="counts, two readers", workers=(TWO_READERS, (0, (LIKE,))), max_faults=0
)
FAILOVER = Configuration(
    name="failover during a write",
    workers=(READER, (1, (POST,))),
    faults=("failover",),
    max_faults=1,
)

USUAL = (
    THREE_WORKERS,
    TWO_CHANGES,
    ROLLED_BACK,
    LOST_KEYS,
    OUTAGES,
    OWN_OUTAGES,
    LEASES,
    LEASES_LOST,
    TRUST,
    TTL,
    AWAY,
    COUNTS,
)

LARGE = (
    FAILOVER,
    LONG_TRUST,
    replace(TWO_CHANGES, name="two changes, two readers", workers=(TWO_READERS, (1, (TWO,)))),
    replace(
        LOST_KEYS, name="flush, eviction, failover; two changes", workers=(READER, (0, (TWO,)))
    ),
    PROBE,
    replace(PROBE, name="any call fails", faulty="any"),
    replace(OUTAGES, name="two outages, of readers and writers", workers=(READER, (1, (POST,)))),
    replace(
        LEASES,
        name="lease and flight, three workers",
        workers=(TWO_READERS, READER, (0, (POST,))),
        faults=("end lease", "wait timeout", "failed load"),
    ),
    replace(
        TRUST,
        name="trust, TTL, a writer that dies",
        workers=(READER, (0, (POST,))),
        faults=("kill", "evict generation"),
        max_faults=1,
    ),
    replace(AWAY, name="time without Redis, twice, slow questions", max_faults=2, prompt=False),
    replace(COUNTS, name="counts, evicted, slow questions", prompt=False),
    COUNTS_RENEWED,
)
