"""The public interface, with the defaults and several caches in one process."""

import pytest
from django.conf import settings
from django.db import transaction

from freshcache import FreshCache, KeyNames, Outcome, Policy, default_store


class Loads:
    """A load that returns another body each time."""

    def __init__(self) -> None:
        self.made: list[bytes] = []

    def __call__(self) -> bytes:
        self.made.append(b"%d" % len(self.made))
        return self.made[-1]


@pytest.fixture
def articles() -> FreshCache:
    return FreshCache("articles")


def test_page_is_loaded_once_until_it_is_invalidated(articles: FreshCache) -> None:
    load = Loads()
    pages = [articles.read("newest", load, ttl_seconds=30) for _ in range(3)]
    assert [page.outcome for page in pages] == [Outcome.MISS, Outcome.HIT, Outcome.HIT]
    assert {page.body for page in pages} == {b"0"}
    articles.invalidate("article published")
    assert articles.read("newest", load, ttl_seconds=30).body == b"1"
    assert len(load.made) == 2


def test_caches_of_one_process_are_independent(articles: FreshCache) -> None:
    people = FreshCache("people")
    load = Loads()
    assert articles.read("newest", load, ttl_seconds=30).body == b"0"
    assert people.read("newest", load, ttl_seconds=30).body == b"1"
    people.invalidate("person added")
    assert articles.read("newest", load, ttl_seconds=30).outcome is Outcome.HIT
    assert people.read("newest", load, ttl_seconds=30).body == b"2"
    assert len(load.made) == 3


@pytest.mark.redis
def test_processes_with_one_namespace_share_pages_and_changes(articles: FreshCache) -> None:
    other = FreshCache("articles")
    load = Loads()
    articles.read("newest", load, ttl_seconds=30)
    assert other.read("newest", load, ttl_seconds=30).body == b"0"
    other.invalidate("article published")
    page = articles.read("newest", load, ttl_seconds=30, confirm=True)
    assert (page.body, len(load.made)) == (b"1", 2)


@pytest.mark.redis
def test_keys_begin_with_the_prefix_of_django_s_cache() -> None:
    store = default_store("articles")
    assert store is not None
    assert store.key_names == KeyNames("articles", settings.CACHES["default"]["KEY_PREFIX"])


@pytest.mark.django_db
def test_page_read_in_a_transaction_is_a_bypass(articles: FreshCache) -> None:
    load = Loads()
    with transaction.atomic():
        page = articles.read("newest", load, ttl_seconds=30)
    assert page.outcome is Outcome.BYPASS


@pytest.mark.django_db(transaction=True)
def test_invalidation_waits_for_the_commit_and_happens_once(articles: FreshCache) -> None:
    load = Loads()
    articles.read("newest", load, ttl_seconds=30)
    with transaction.atomic():
        articles.invalidate("article published")
        articles.invalidate("article published")
        assert articles.metrics.counts()["invalidations"] == 0
    assert articles.metrics.counts()["invalidations"] == 1
    assert articles.read("newest", load, ttl_seconds=30).body == b"1"


@pytest.mark.parametrize("namespace", ["", "two words", "{tag}", "x" * 65])
def test_invalid_namespace_is_refused(namespace: str) -> None:
    with pytest.raises(ValueError, match="not a namespace"):
        KeyNames(namespace)


def test_every_number_has_a_default_and_can_be_set() -> None:
    cache = FreshCache("articles", policy=Policy(grace_seconds=2.0), store=None)
    assert cache.policy.grace_seconds == 2.0
    assert cache.policy.trust_seconds == Policy().trust_seconds
