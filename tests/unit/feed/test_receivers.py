"""Receivers: which signal of the write side begins a generation or a counts version."""

import pytest
from django.db import transaction

from feed import receivers
from feed.cache import feed_cache
from feed.pages import get_feed_page
from freshcache.policy import Outcome
from posts.models import Post
from posts.signals import counts_changed, posts_changed
from tests.factories import LikeFactory, PostFactory

pytestmark = pytest.mark.django_db(transaction=True)


def generation() -> tuple[int, int]:
    """Return the current generation and counts version."""
    current = feed_cache().generations.current(feed_cache().clock())
    return current.number, current.counts_version


def test_changed_post_begins_a_generation_and_keeps_the_counts_version() -> None:
    number, counts = generation()
    PostFactory.create()
    assert generation()[0] != number
    assert generation()[1] == counts


def test_like_begins_a_counts_version_and_keeps_the_generation() -> None:
    post = PostFactory.create()
    get_feed_page()
    number, counts = generation()
    LikeFactory.create(post=post, user=post.author)
    assert generation()[0] == number
    assert generation()[1] > counts
    assert get_feed_page().outcome is Outcome.HIT


def test_a_transaction_of_many_writes_invalidates_once() -> None:
    before = feed_cache().metrics.counts()["invalidations"]
    with transaction.atomic():
        posts = PostFactory.create_batch(5)
        posts[0].delete()
        Post.objects.update(content="same")
    assert feed_cache().metrics.counts()["invalidations"] == before + 1


def test_connecting_twice_invalidates_once() -> None:
    receivers.connect()
    before = feed_cache().metrics.counts()["invalidations"]
    posts_changed.send_robust(sender=None, cause="test", using="default")
    assert feed_cache().metrics.counts()["invalidations"] == before + 1


def test_receivers_accept_unknown_signal_arguments() -> None:
    for signal in (posts_changed, counts_changed):
        answers = signal.send_robust(sender=None, cause="test", using="default", more="later")
        assert [answer for _, answer in answers if isinstance(answer, Exception)] == []


@pytest.mark.redis
def test_change_by_another_worker_is_read_from_redis() -> None:
    PostFactory.create()
    get_feed_page()
    store = feed_cache().store
    assert store is not None
    store.confirm(seen=0, bump="content")  # as another worker does it
    assert get_feed_page(confirm=True).outcome is Outcome.MISS
