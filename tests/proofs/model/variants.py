"""The protocol with one rule broken, in ways that real projects have shipped, or nearly did here.

The search must find each: a rule that nothing needs should be deleted.
"""

from dataclasses import dataclass

from tests.proofs.model import configurations as small
from tests.proofs.model.rules import Configuration, Rules


@dataclass(frozen=True, slots=True)
class Variant:
    """A broken protocol, a configuration that is large enough to show it, and the violation."""

    name: str
    rules: Rules
    config: Configuration
    wrong: str = "must be shown change"


def _deleting(name: str, rules: Rules) -> Variant:
    return Variant(name, rules, small.TWO_CHANGES)


VARIANTS = (
    _deleting(
        "the page is deleted in post_save, before the commit",
        Rules(invalidate_by="delete", compare_and_set=False, announce_after_commit=False),
    ),
    _deleting(
        "the page is deleted after the commit, and stored by a plain set",
        Rules(invalidate_by="delete", compare_and_set=False),
    ),
    _deleting(
        "the page is deleted twice, the second time later",
        Rules(invalidate_by="delete twice", compare_and_set=False),
    ),
    Variant(
        "the generation is begun before the commit",
        Rules(announce_after_commit=False),
        small.TWO_CHANGES,
    ),
    Variant(
        "the generation is INCR from zero",
        Rules(unique_numbers=False),
        small.LOST_KEYS,
    ),
    Variant(
        "a lower generation from Redis is accepted",
        Rules(highest_seen=False),
        small.LOST_KEYS,
    ),
    Variant(
        "the generation is read after the query",
        Rules(generation_before_query=False),
        small.TWO_CHANGES,
    ),
    Variant(
        "a fill does not compare",
        Rules(compare_and_set=False),
        small.TWO_CHANGES,
        wrong="a second load",
    ),
    Variant(
        "a page is loaded from a replica of the database",
        Rules(primary_only=False),
        small.TWO_CHANGES,
    ),
    Variant(
        "a fill inside a transaction that has written is stored",
        Rules(transaction_stores_nothing=False),
        small.ROLLED_BACK,
        wrong="uncommitted data",
    ),
    Variant(
        "the breaker is closed by a ping",
        Rules(probe_bumps=False),
        small.OWN_OUTAGES,
    ),
    Variant(
        "an invalidation during the probe is forgotten",
        Rules(lost_while_probing=False),
        small.PROBE,
    ),
    Variant(
        "checking the breaker and noting a lost write are two steps",
        Rules(lost_at_once=False),
        small.PROBE,
    ),
    Variant(
        "a failed invalidation is ignored",
        Rules(lost_opens=False),
        small.OWN_OUTAGES,
    ),
    Variant(
        "pages of one outage are valid in the next",
        Rules(local_numbers="one"),
        small.OUTAGES,
    ),
    Variant(
        "the local generation changes only with the probe",
        Rules(local_numbers="from closing"),
        small.OUTAGES,
    ),
    Variant(
        "writes of a process do not clear its memory",
        Rules(local_writes=False),
        small.OWN_OUTAGES,
    ),
    Variant(
        "trust is counted from the answer",
        Rules(trust_from_question=False),
        small.LONG_TRUST,
    ),
    Variant(
        "the TTL is counted from the store",
        Rules(ttl_from_snapshot=False),
        small.TTL,
    ),
    Variant(
        "a page in its grace is served though its generation has changed",
        Rules(grace_within_generation=False),
        small.LEASES,
    ),
    Variant(
        "old counts are served for as long as the page is being renewed",
        Rules(counts_bounded=False),
        small.COUNTS_RENEWED,
        wrong="must be shown like",
    ),
    Variant(
        "counts that Redis lost are zero",
        Rules(counts_unique=False),
        small.COUNTS,
        wrong="must be shown like",
    ),
    Variant(
        "a lease has no generation, and waiting readers take the page of its holder",
        Rules(lease_of_generation=False),
        small.THREE_WORKERS,
    ),
    Variant(
        "a waiting thread takes the page of the thread that loads",
        Rules(waiters_look_again=False),
        small.LEASES,
    ),
    Variant(
        "there is no second look after taking the lease",
        Rules(second_look=False),
        small.THREE_WORKERS,
        wrong="a second load",
    ),
    Variant(
        "a lease is released by a reader that has lost it",
        Rules(lease_token=False),
        small.LEASES_LOST,
        wrong="two loads at once",
    ),
)
