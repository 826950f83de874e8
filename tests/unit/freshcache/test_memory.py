"""What one process keeps: pages, and who is loading which."""

import threading
from dataclasses import dataclass

from freshcache.memory import OVERHEAD_BYTES, Memory, Page, SingleFlight
from tests.unit.freshcache.threads import Threads


def page(snapshot_at: float = 0.0, *, generation: int = 1, body: bytes = b"{}") -> Page:
    return Page(generation=generation, counts=0, snapshot_at=snapshot_at, body=body)


def test_memory_is_bounded_by_weight_and_keeps_what_was_used_last() -> None:
    memory = Memory(2 * OVERHEAD_BYTES + 5)
    memory.put("one", page())
    memory.put("two", page())
    memory.get("one")
    memory.put("three", page())
    assert len(memory) == 2
    assert memory.get("two") is None
    assert memory.get("one")
    assert memory.get("three")


def test_a_page_that_grows_is_weighed_again_and_one_too_heavy_stays_alone() -> None:
    memory = Memory(2 * OVERHEAD_BYTES + 10)
    memory.put("one", page(body=b"1" * 5))
    memory.put("two", page(body=b"2" * 5))
    memory.put("two", page(body=b"2" * 4))
    assert len(memory) == 2
    memory.put("two", page(body=b"2" * 6))
    assert (len(memory), memory.get("one")) == (1, None)
    memory.put("two", page(body=b"2" * 3 * OVERHEAD_BYTES))
    assert memory.get("two"), "or nothing would ever be a hit"
    memory.put("one", page(body=b"1" * OVERHEAD_BYTES))
    assert (len(memory), memory.get("two")) == (1, None)


@dataclass
class Made:
    weight_bytes: int


def test_a_page_that_something_was_made_of_is_weighed_again() -> None:
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
    assert len(memory) == 3, "all of what it weighed is free again"


def test_a_page_that_had_to_go_is_not_weighed_any_more() -> None:
    memory, gone = Memory(2 * OVERHEAD_BYTES), page(1.0)
    memory.put("feed", gone)
    memory.put("feed", page(2.0, body=b""))
    gone.made["html"] = Made(9 * OVERHEAD_BYTES)
    memory.weigh("feed", gone)
    memory.weigh("unknown", gone)
    memory.put("other", page(body=b""))
    assert len(memory) == 2


def test_pages_without_content_are_not_for_free() -> None:
    memory = Memory(10 * OVERHEAD_BYTES)
    for number in range(1_000):
        memory.put(f"page {number}", page(body=b""))
    assert len(memory) == 10


def test_a_late_page_of_an_earlier_snapshot_is_not_kept() -> None:
    memory = Memory(9 * OVERHEAD_BYTES)
    newer = page(2.0)
    memory.put("feed", newer)
    memory.put("feed", page(1.0))
    assert memory.get("feed") is newer


def test_a_page_of_another_generation_is_kept_whatever_its_snapshot() -> None:
    """Which of two generations is the current one, their snapshots can't tell to the microsecond;
    and a page that was refused would be fetched from Redis by every single read."""
    memory = Memory(9 * OVERHEAD_BYTES)
    memory.put("feed", page(2.0, generation=-1))
    current = page(1.999, generation=2)
    memory.put("feed", current)
    assert memory.get("feed") is current


def test_nothing_is_left_after_a_clear() -> None:
    memory = Memory(9 * OVERHEAD_BYTES)
    memory.put("feed", page())
    memory.clear()
    assert (len(memory), memory.get("feed")) == (0, None)


def test_an_etag_tells_bodies_apart_and_nothing_else() -> None:
    one, other = page(body=b'{"posts":[]}'), page(body=b'{"posts":[1]}')
    assert one.data == {"posts": []}
    assert one.etag == page(5.0, generation=9, body=b'{"posts":[]}').etag != other.etag
    assert one.etag.startswith('"')
    assert one.etag.endswith('"')


def test_only_one_thread_at_a_time_takes_off_for_a_page() -> None:
    single_flight = SingleFlight()
    assert single_flight.begin("feed")
    assert not single_flight.begin("feed")
    assert single_flight.begin("author")
    single_flight.finish("feed")
    assert single_flight.begin("feed")


def test_who_waits_goes_on_as_soon_as_the_flight_has_landed() -> None:
    single_flight, threads, waiting = SingleFlight(), Threads(), threading.Barrier(9)
    single_flight.begin("feed")

    def wait() -> None:
        waiting.wait(10)
        single_flight.wait("feed", 60)

    threads.start(wait, count=8)
    waiting.wait(10)
    single_flight.finish("feed")
    threads.join(10)


def test_nobody_waits_for_a_flight_that_is_none_or_longer_than_they_said() -> None:
    single_flight = SingleFlight()
    single_flight.wait("feed", 60)
    single_flight.begin("feed")
    single_flight.wait("feed", 0.001)
