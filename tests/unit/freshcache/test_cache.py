"""The cache without faults: hit and miss, TTL and grace, generation and trust."""

import threading
import time
from typing import Any

import pytest
import redis

from feed import cache as module
from freshcache.cache import FreshCache
from freshcache.policy import Outcome, Policy
from tests.unit.freshcache.fleet import KEYS, TTL_SECONDS, Clock, Fleet
from tests.unit.freshcache.threads import Threads

DELTA_SECONDS = 0.05
GRACE_BEGINS = TTL_SECONDS - 5.0


def test_first_read_is_a_miss_and_the_next_a_hit(fleet: Fleet) -> None:
    worker = fleet.worker()
    first, second = worker.read(), worker.read()
    assert (first.outcome, first.stored, first.shared) == (Outcome.MISS, True, True)
    assert second.outcome is Outcome.HIT
    assert second.page.body == first.page.body
    assert fleet.source.loads == 1


def test_a_thousand_reads_cause_one_load(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    for _ in range(1000):
        worker.read()
        clock.advance(0.01)
    assert fleet.source.loads == 1
    counts = worker.cache.metrics.counts()
    assert (counts["hits"], counts["misses"], counts["fills"]) == (999, 1, 1)


def test_page_filled_by_one_worker_is_a_hit_in_another(fleet: Fleet) -> None:
    one, other = fleet.worker(), fleet.worker()
    one.read()
    assert other.read().outcome is Outcome.HIT
    assert fleet.source.loads == 1


def test_pages_with_different_names_are_separate(fleet: Fleet) -> None:
    worker = fleet.worker()
    worker.read("feed:20:newest")
    assert worker.read("feed:10:newest").outcome is Outcome.MISS
    assert fleet.source.loads == 2


def test_page_expires_in_redis_after_its_ttl(fleet: Fleet, look: redis.Redis) -> None:
    fleet.worker().read("author:1", ttl_seconds=300.0)
    assert 299_000 < look.pttl(KEYS.page("author:1")) <= 300_000


def test_ttl_is_counted_from_the_snapshot_and_not_from_the_fill(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker(grace_seconds=0.001)
    fleet.source.during = lambda: clock.advance(10)
    worker.read()
    clock.advance(TTL_SECONDS - 10.01)
    assert worker.read().outcome is Outcome.HIT
    clock.advance(0.01)
    assert worker.read().outcome is Outcome.MISS


def test_page_from_redis_keeps_its_age(fleet: Fleet, clock: Clock) -> None:
    fleet.worker().read()
    clock.advance(20)
    served = fleet.worker().read()
    assert served.outcome is Outcome.HIT
    assert served.age_seconds == pytest.approx(20, abs=0.01)
    assert served.ttl_seconds == pytest.approx(10, abs=0.01)


def test_during_the_grace_one_reader_renews_the_page_and_others_get_a_stale_hit(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    other.read()
    clock.advance(GRACE_BEGINS)
    meanwhile = []
    fleet.source.during = lambda: meanwhile.extend([worker.read(), other.read()])
    assert worker.read().outcome is Outcome.MISS
    assert [served.outcome for served in meanwhile] == [Outcome.STALE_HIT] * 2
    assert fleet.source.loads == 2
    assert other.read().outcome is Outcome.HIT


def test_page_past_its_ttl_is_not_served_while_it_is_renewed(fleet: Fleet, clock: Clock) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    other.read()
    clock.advance(TTL_SECONDS)
    meanwhile = []
    fleet.source.during = lambda: meanwhile.append(other.read())
    worker.read()
    assert [served.outcome for served in meanwhile] == [Outcome.MISS]
    assert fleet.source.loads == 3


def test_change_is_visible_to_its_worker_at_once_and_to_others_after_the_trust(
    fleet: Fleet, clock: Clock
) -> None:
    writer, other = fleet.worker(), fleet.worker()
    assert (writer.version(), other.version()) == (0, 0)
    writer.write()
    assert writer.version() == 1
    clock.advance(DELTA_SECONDS + 0.001)
    assert other.version() == 1


def test_trust_is_counted_from_when_the_question_was_sent(fleet: Fleet, clock: Clock) -> None:
    writer, other = fleet.worker(), fleet.worker()

    def answer_is_late_and_old() -> None:
        clock.advance(DELTA_SECONDS)
        writer.write()

    other.read()
    clock.advance(1)
    other.steps.after["confirm"] = answer_is_late_and_old
    assert other.version() == 0
    clock.advance(0.001)
    assert other.version() == 1


def test_redis_is_asked_once_per_trust_for_any_number_of_reads(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    for number in range(100):
        worker.read(f"page:{number}")
        worker.read("page:0")
    assert worker.steps.calls["confirm"] == 1
    clock.advance(DELTA_SECONDS + 0.001)
    threads = Threads()
    threads.start(worker.read, count=50)
    threads.join()
    assert worker.steps.calls["confirm"] == 2


def test_confirmed_read_includes_all_that_was_committed_before(fleet: Fleet) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read()
    writer.write()
    fleet.clock.advance(0.001)
    assert other.version() == 0
    assert other.version(confirm=True) == 1
    assert other.version() == 1


def test_page_of_another_generation_is_never_a_hit(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read()
    look.copy(KEYS.page("feed"), "old page")
    writer.write()
    look.copy("old page", KEYS.page("feed"), replace=True)
    clock.advance(DELTA_SECONDS + 0.001)
    assert other.version() == 1
    assert fleet.worker().version() == 1


def test_change_between_query_and_fill_discards_the_fill(fleet: Fleet, look: redis.Redis) -> None:
    reader, writer = fleet.worker(), fleet.worker()
    fleet.source.during = writer.write
    served = reader.read()
    assert (served.outcome, served.stored) == (Outcome.MISS, False)
    assert not look.exists(KEYS.page("feed"))
    assert reader.cache.metrics.counts()["discarded_fills"] == 1
    fleet.clock.advance(DELTA_SECONDS + 0.001)
    assert reader.version() == writer.version() == 1


def test_rejected_fill_ends_the_trust_in_its_generation(fleet: Fleet) -> None:
    reader, other, writer = fleet.worker(), fleet.worker(), fleet.worker()
    fleet.source.during = writer.write
    assert reader.version() == 0
    again = reader.read()
    assert (again.outcome, again.page.data) == (Outcome.MISS, {"version": 1})
    assert other.version() == 1
    assert fleet.source.loads == 2


@pytest.mark.parametrize("asked_by", ["read", "write"])
def test_superseded_page_is_not_kept_by_a_worker_that_knows_the_new_generation(
    fleet: Fleet, asked_by: str
) -> None:
    reader, writer = fleet.worker(), fleet.worker()

    def change() -> None:
        if asked_by == "write":
            reader.write()
        else:
            writer.write()
            fleet.clock.advance(DELTA_SECONDS + 0.001)
            reader.cache.generations.current(fleet.clock())

    fleet.source.during = change
    assert reader.version() == 0
    assert reader.cache.pages_in_memory == 0


def test_worker_never_goes_back_to_an_older_generation(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker = fleet.worker()
    worker.read()
    before = worker.read().page.generation
    look.copy(KEYS.page("feed"), "old page")
    worker.write()
    # A failover to a replica that lags: it has neither the bump nor the new page.
    look.set(KEYS.generation, before)
    look.copy("old page", KEYS.page("feed"), replace=True)
    clock.advance(DELTA_SECONDS + 0.001)
    assert worker.version() == 1
    assert worker.read().page.generation > before
    assert fleet.worker().version() == 1


def test_stored_page_of_a_newer_generation_makes_the_worker_ask_again(fleet: Fleet) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read("another")
    writer.write()
    writer.read()
    started = fleet.clock()
    assert other.version() == 1
    assert fleet.clock() - started < DELTA_SECONDS / 2, "at once, not when the trust ends"
    assert fleet.source.loads == 2


def test_page_read_in_a_transaction_is_not_kept(fleet: Fleet, look: redis.Redis) -> None:
    worker = fleet.worker()
    served = worker.read(may_fill=False)
    assert (served.outcome, served.reason) == (Outcome.BYPASS, "transaction")
    assert not look.exists(KEYS.page("feed"))
    assert worker.cache.pages_in_memory == 0
    assert worker.read().outcome is Outcome.MISS
    assert worker.read(may_fill=False).outcome is Outcome.HIT


def test_page_from_the_future_is_not_served(fleet: Fleet, clock: Clock, look: redis.Redis) -> None:
    """The clock of Redis was set back by an hour, so the page would live an hour longer."""
    fleet.worker().read()
    clock.advance(-3600)
    fleet.source.commit()
    assert fleet.worker().version() == 1


def test_process_has_one_cache_when_many_threads_ask_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow_policy(**options: Any) -> Policy:
        time.sleep(0.05)
        return Policy(**options)

    monkeypatch.setattr(module, "Policy", slow_policy)
    module.reset()
    threads, together, made = Threads(), threading.Barrier(8), list[FreshCache]()

    def create() -> None:
        together.wait(10)
        made.append(module.feed_cache())

    threads.start(create, count=8)
    threads.join()
    module.reset()
    assert len({id(each) for each in made}) == 1
