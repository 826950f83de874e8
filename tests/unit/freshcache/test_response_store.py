"""The stored responses: which are kept, and which are dropped."""

import tracemalloc
from pathlib import Path
from typing import Any, get_args

import pytest

from feed.cache import feed_cache
from freshcache.front_door.encodings import Encoding
from freshcache.front_door.response_store import OVERHEAD_BYTES, Entry, ResponseStore
from freshcache.front_door.stored_response import StoredResponse, Variant
from freshcache.memory import Page
from freshcache.policy import Outcome
from freshcache.served import Served

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
WEIGHT = OVERHEAD_BYTES + 4 * 100


def entry(weight_bytes: int = WEIGHT) -> Entry:
    body = b"x" * ((weight_bytes - OVERHEAD_BYTES) // 4)
    page = Page(generation=1, counts_version=1, snapshot_at=0.0, body=body)
    return Entry(
        StoredResponse([("ETag", '"1"')], body, public="public"),
        Served(cache=feed_cache(), page=page, outcome=Outcome.HIT, shared=True),
        ttl_seconds=30.0,
    )


def test_entries_weigh_at_most_the_limit() -> None:
    entries = ResponseStore(3 * WEIGHT)
    for name in range(10):
        entries.put(name, entry())
    assert len(entries) == 3
    assert [name for name in range(10) if entries.get(name)] == [7, 8, 9]


def test_used_entry_stays_longer_but_not_for_ever() -> None:
    entries = ResponseStore(3 * WEIGHT)
    for name in "abc":
        entries.put(name, entry())
    used = entries.get("a")
    assert used
    used.used = True
    entries.put("d", entry())
    assert [name for name in "abcd" if entries.get(name)] == ["a", "c", "d"]
    entries.put("e", entry())
    assert [name for name in "abcde" if entries.get(name)] == ["a", "d", "e"]
    entries.put("f", entry())
    assert not entries.get("a"), "not used since"


def test_entry_is_dropped_even_if_all_were_used() -> None:
    entries = ResponseStore(2 * WEIGHT)
    for name in range(6):
        one = entry()
        one.used = True
        entries.put(name, one)
    assert len(entries) == 2


def test_newer_response_replaces_the_older_one_and_its_weight() -> None:
    entries = ResponseStore(2 * WEIGHT)
    for _ in range(5):
        newest = entry()
        entries.put("a", newest)
    entries.put("b", entry())
    assert (len(entries), entries.get("a")) == (2, newest)


def test_too_heavy_response_is_not_kept_nor_the_one_it_would_replace() -> None:
    entries = ResponseStore(2 * WEIGHT)
    entries.put("a", entry())
    entries.put("a", entry(3 * WEIGHT))
    assert len(entries) == 0
    ResponseStore(0).put("a", entry())


@pytest.mark.parametrize("private", [True, False])
def test_headers_have_the_age_and_the_rest_of_the_ttl(private: bool) -> None:
    one = entry()
    one.grow_older(7.9)
    headers = dict(one.variant("identity", private=private).headers)
    assert headers["Age"] == "7"
    assert headers["Cache-Status"] == 'feed; hit; ttl=23; generation=1; detail="front door"'
    one.grow_older(8.0)
    assert dict(one.variant("identity", private=private).headers)["Age"] == "8"


def test_variant_made_while_the_entry_grows_older_keeps_its_old_age() -> None:
    one = entry()
    one.grow_older(7.0)

    class Interrupted(StoredResponse):
        def variant(self, *args: Any, **options: Any) -> Variant:
            if one.age == 7:
                one.grow_older(8.0)
            return super().variant(*args, **options)

    one.response = Interrupted([("ETag", '"1"')], b"x", public="public")
    assert dict(one.variant("identity", private=False).headers)["Age"] == "7"
    assert dict(one.variant("identity", private=False).headers)["Age"] == "8"


def test_entry_takes_at_most_its_weight() -> None:
    """With all variants, as many headers as a site may send, and the buffers of compressors."""
    headers = [("ETag", '"1"'), ("Vary", "Authorization, Cookie"), ("Age", "0")]
    # Threads of other tests may allocate meanwhile, in other files.
    ours = [
        tracemalloc.Filter(inclusive=True, filename_pattern=f"*/{file}")
        for file in ("freshcache/front_door/*.py", Path(__file__).name)
    ]
    tracemalloc.start()
    try:
        made, weight = [], 0
        for number in range(30):
            sent = [(f"X-Header-{n}", f"{number}" * 100) for n in range(15)]
            body = (b"%d" % number) * 5_000
            one = entry()
            one.response = StoredResponse([*headers, *sent], body, public="public")
            one.grow_older(float(number))
            for encoding in ENCODINGS:
                for private in (False, True):
                    one.variant(encoding, private=private)
            weight += one.weight_bytes
            made.append(one)
        taken = tracemalloc.take_snapshot().filter_traces(ours)
    finally:
        tracemalloc.stop()
    took = sum(trace.size for trace in taken.traces)
    assert weight / 3 < took <= weight
