"""Saves and deletes of a model are announced after the commit."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from freshcache import FreshCache
from freshcache.django.querysets import announce_writes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cache() -> Iterator[FreshCache]:
    """A cache that writes to groups invalidate, during the test."""
    before = {signal: [*signal.receivers] for signal in (post_save, post_delete)}
    cache = FreshCache("groups", store=None)
    announce_writes(Group, cache.invalidate)
    yield cache
    for signal, receivers in before.items():
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def invalidations(cache: FreshCache) -> int:
    return cache.metrics.counts()["invalidations"]


def test_save_and_delete_are_announced(cache: FreshCache) -> None:
    group = Group.objects.create(name="readers")
    assert invalidations(cache) == 1
    group.save()
    assert invalidations(cache) == 2
    Group.objects.all().delete()
    assert invalidations(cache) == 3


def test_transaction_of_many_writes_is_announced_once_after_its_commit(cache: FreshCache) -> None:
    with transaction.atomic():
        for name in "abc":
            Group.objects.create(name=name)
        assert invalidations(cache) == 0
    assert invalidations(cache) == 1
