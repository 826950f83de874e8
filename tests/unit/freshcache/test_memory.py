"""The memory of one process, and single flight."""

import threading
from dataclasses import dataclass

from freshcache.memory import OVERHEAD_BYTES, Memory, Page, SingleFlight
from tests.unit.freshcache.threads import Threads


def page(snapshot_at: float = 0.0, *, generation: int = 1, body: bytes = b"{}") -> Page:
    return Page(generation=generation, counts_version=0, snapshot_at=snapshot_at, body=body)


def test_memory_is_bounded_by_weight_and_keeps_the_last_used_pages() -> None:
    memory = Memory(2 * OVERHEAD_BYTES + 5)
    memory.put("one", page())
    memory.put("two", page())
    memory.get("one")
    memory.put("three", page())
    assert len(memory) == 2
    assert memory.get("two") is None
    assert memory.get("one")
    assert memory.get("three")


def test_page_that_grows_is_weighed_again_and_too_heavy_a_page_is_kept_as_the_only_one() -> None:
    memory = Memory(2 * OVERHEAD_BYTES + 10)
    memory.put("one", page(body=b"1" * 5))
    memory.put("two", page(body=b"2" * 5))
    memory.put("two", page(body=b"2" * 4))
    assert len(memory) == 2
    memory.put("two", page(body=b"2" * 6))
    assert (len(memory), memory.get("one")) == (1, None)
    memory.put("two", page(body=b"2" * 3 * OVERHEAD_BYTES))
    assert memory.get("two"), "a single page may be too heavy"
    memory.put("one", page(body=b"1" * OVERHEAD_BYTES))
    assert (len(memory), memory.get("two")) == (1, None)


@dataclass
class Made:
    weight_bytes: int


def test_page_is_weighed_again_with_what_was_made_of_it() -> None:
    memory, one = Memory(3 * OVERHEAD_BYTES), page(body=b"")
    memory.put("other", page(body=b""))
    memory.put("one", one)
    one.made["html"] = Made(OVERHEAD_BYTES)
    memory.weigh("one", one)
    assert len(memory) == 2
    one.made["more"] = Made(1)
    memory.weigh("one", one)
    assert (memory.get("one"), memory.get("other")) == (one, None)
    memory.drop("one")
    for number in range(3):
        memory.put(f"page {number}", page(body=b""))
    assert len(memory) == 3, "its whole weight is free again"


def test_dropped_page_is_not_weighed_again() -> None:
    memory, dropped = Memory(2 * OVERHEAD_BYTES), page(1.0)
    memory.put("feed", dropped)
    memory.put("feed", page(2.0, body=b""))
    dropped.made["html"] = Made(9 * OVERHEAD_BYTES)
    memory.weigh("feed", dropped)
    memory.weigh("unknown", dropped)
    memory.put("other", page(body=b""))
    assert len(memory) == 2


def test_empty_pages_have_a_weight() -> None:
    memory = Memory(10 * OVERHEAD_BYTES)
    for number in range(1_000):
        memory.put(f"page {number}", page(body=b""))
    assert len(memory) == 10


def test_page_of_an_earlier_snapshot_does_not_replace_a_later_one() -> None:
    memory = Memory(9 * OVERHEAD_BYTES)
    newer = page(2.0)
    memory.put("feed", newer)
    memory.put("feed", page(1.0))
    assert memory.get("feed") is newer


def test_page_of_another_generation_is_kept_with_any_snapshot() -> None:
    """Snapshots of two generations may be a microsecond apart, in either order; and each read would
    get a refused page from Redis again."""
    memory = Memory(9 * OVERHEAD_BYTES)
    memory.put("feed", page(2.0, generation=-1))
    current = page(1.999, generation=2)
    memory.put("feed", current)
    assert memory.get("feed") is current


def test_clear_drops_all_pages() -> None:
    memory = Memory(9 * OVERHEAD_BYTES)
    memory.put("feed", page())
    memory.clear()
    assert (len(memory), memory.get("feed")) == (0, None)


def test_etag_depends_on_the_body_only() -> None:
    one, other = page(body=b'{"posts":[]}'), page(body=b'{"posts":[1]}')
    assert one.data == {"posts": []}
    assert one.etag == page(5.0, generation=9, body=b'{"posts":[]}').etag != other.etag
    assert one.etag.startswith('"')
    assert one.etag.endswith('"')


def test_one_thread_at_a_time_begins_to_load_a_page() -> None:
    single_flight = SingleFlight()
    assert single_flight.begin("feed")
    assert not single_flight.begin("feed")
    assert single_flight.begin("author")
    single_flight.finish("feed")
    assert single_flight.begin("feed")


def test_waiting_thread_continues_when_the_load_has_finished() -> None:
    single_flight, threads, waiting = SingleFlight(), Threads(), threading.Barrier(9)
    single_flight.begin("feed")

    def wait() -> None:
        waiting.wait(10)
        single_flight.wait("feed", 60)

    threads.start(wait, count=8)
    waiting.wait(10)
    single_flight.finish("feed")
    threads.join(10)


def test_wait_ends_without_a_load_or_after_its_time() -> None:
    single_flight = SingleFlight()
    single_flight.wait("feed", 60)
    single_flight.begin("feed")
    single_flight.wait("feed", 0.001)


def test_what_was_made_of_an_equal_body_is_taken_over_and_weighed() -> None:
    memory, old = Memory(4 * OVERHEAD_BYTES), page(body=b"same")
    old.made["html"] = made = Made(2 * OVERHEAD_BYTES)
    memory.put("one", old)
    memory.put("one", new := page(1.0, generation=2, body=b"same"))
    assert new.made == {"html": made}
    memory.put("two", page())
    assert (memory.get("one"), len(memory)) == (None, 1), "its weight counts"


def test_nothing_is_taken_over_from_another_body() -> None:
    memory, old = Memory(9 * OVERHEAD_BYTES), page(body=b"old")
    old.made["html"] = Made(1)
    memory.put("one", old)
    memory.put("one", new := page(1.0, generation=2, body=b"new"))
    assert not new.made
