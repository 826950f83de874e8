"""The policy: what may be served at which age."""

import pytest

from freshcache.generation import Generation
from freshcache.memory import Page
from freshcache.policy import Freshness, Policy

FRESH, STALE, OLD = Freshness.FRESH, Freshness.STALE, Freshness.OLD


def judge(
    age_seconds: float,
    *,
    generation: int = 7,
    counts: int = 3,
    shared: bool = True,
    ttl_seconds: float = 30.0,
    **policy: bool,
) -> Freshness:
    page = Page(generation=7, counts_version=3, snapshot_at=0.0, body=b"{}")
    now = Generation(generation, counts, shared=shared, asked_at=0.0, now_us=0)
    return Policy(**policy).judge(page, now, ttl_seconds=ttl_seconds, age_seconds=age_seconds)


@pytest.mark.parametrize(
    ("age_seconds", "freshness"),
    [(0, FRESH), (24.999, FRESH), (25, STALE), (29.999, STALE), (30, OLD), (1e9, OLD)],
)
def test_page_is_fresh_until_its_grace_and_old_from_its_ttl(
    age_seconds: float, freshness: Freshness
) -> None:
    assert judge(age_seconds) is freshness


@pytest.mark.parametrize("generation", [6, 8, -7, 0])
@pytest.mark.parametrize("age_seconds", [0, 26])
def test_page_of_another_generation_is_old_at_any_age(generation: int, age_seconds: float) -> None:
    assert judge(age_seconds, generation=generation) is OLD


@pytest.mark.parametrize(
    ("age_seconds", "freshness"),
    [(0, FRESH), (0.999, FRESH), (1, STALE), (1.499, STALE), (1.5, OLD), (20, OLD)],
)
def test_changed_counts_are_followed_after_one_second_and_before_one_and_a_half(
    age_seconds: float, freshness: Freshness
) -> None:
    assert judge(age_seconds, counts=4) is freshness


def test_change_of_content_is_not_softened_by_a_change_of_counts() -> None:
    assert judge(0.5, generation=8, counts=4) is OLD


@pytest.mark.parametrize(
    ("age_seconds", "freshness"),
    [(0, FRESH), (1.499, FRESH), (1.5, STALE), (1.999, STALE), (2, OLD)],
)
def test_without_redis_a_page_expires_after_two_seconds(
    age_seconds: float, freshness: Freshness
) -> None:
    assert judge(age_seconds, shared=False) is freshness


def test_without_redis_a_shorter_ttl_is_unchanged() -> None:
    assert judge(0.9, shared=False, ttl_seconds=1.0) is STALE
    assert judge(1.0, shared=False, ttl_seconds=1.0) is OLD


def test_single_process_keeps_a_page_for_its_full_ttl() -> None:
    assert judge(24.9, shared=False, single_process=True) is FRESH
    assert judge(30, shared=False, single_process=True) is OLD


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("single_process", [True, False])
@pytest.mark.parametrize(("generation", "counts"), [(7, 3), (7, 4), (8, 3)])
@pytest.mark.parametrize("ttl_seconds", [0.5, 1.2, 2.0, 30.0])
def test_deadline_of_the_front_door_is_the_end_of_freshness(
    shared: bool, single_process: bool, generation: int, counts: int, ttl_seconds: float
) -> None:
    page = Page(generation=7, counts_version=3, snapshot_at=0.0, body=b"{}")
    now = Generation(generation, counts, shared=shared, asked_at=0.0, now_us=0)
    policy = Policy(single_process=single_process)
    until = policy.fresh_for(page, now, ttl_seconds=ttl_seconds)
    for age in (0.0, until - 0.001, until, until + 0.001, 2 * until):
        judged = policy.judge(page, now, ttl_seconds=ttl_seconds, age_seconds=age)
        assert (judged is FRESH) == (0 <= age < until)
