"""The feed listens to the write side: which news does what to its pages."""

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
    """The number of the generation and that of the counts, as they are now."""
    current = feed_cache().generations.current(feed_cache().clock())
    return current.number, current.counts


def test_a_changed_post_ends_the_generation_and_leaves_the_counts() -> None:
    number, counts = generation()
    PostFactory.create()
    assert generation()[0] != number
    assert generation()[1] == counts


def test_a_like_changes_the_counts_and_leaves_the_generation() -> None:
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


def test_connecting_again_does_not_listen_twice() -> None:
    receivers.connect()
    before = feed_cache().metrics.counts()["invalidations"]
    posts_changed.send_robust(sender=None, cause="test", using="default")
    assert feed_cache().metrics.counts()["invalidations"] == before + 1


def test_listeners_take_whatever_else_a_signal_may_carry() -> None:
    for signal in (posts_changed, counts_changed):
        answers = signal.send_robust(sender=None, cause="test", using="default", more="later")
        assert [answer for _, answer in answers if isinstance(answer, Exception)] == []


@pytest.mark.redis
def test_a_worker_learns_of_anothers_change_from_redis() -> None:
    PostFactory.create()
    get_feed_page()
    store = feed_cache().store
    assert store is not None
    store.confirm(seen=0, bump="content")  # as another worker does it
    assert get_feed_page(confirm=True).outcome is Outcome.MISS
