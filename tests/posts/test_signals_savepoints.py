"""Announcements in savepoints nested at random, some of them rolled back."""

import random
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from posts.signals import announce_counts, announce_posts, counts_changed, posts_changed

pytestmark = pytest.mark.django_db(transaction=True)


def _write_at_random(chance: random.Random, depth: int = 0) -> set[Signal]:
    """Announce in some of many savepoints; the signals whose cause was not rolled back."""
    kept: set[Signal] = set()
    for _ in range(chance.randint(0, 4)):
        what = chance.choice(["posts", "counts", "savepoint"])
        if what == "posts":
            announce_posts("test")
            kept.add(posts_changed)
        elif what == "counts":
            announce_counts("test")
            kept.add(counts_changed)
        elif depth < 4:
            rolled_back = chance.random() < 0.4
            with transaction.atomic(savepoint=rolled_back or chance.random() < 0.5):
                inner = _write_at_random(chance, depth + 1)
                transaction.set_rollback(rolled_back)
            kept |= set() if rolled_back else inner
    return kept


@pytest.mark.parametrize("seed", range(10))
def test_a_commit_is_announced_once_if_anything_it_holds_was_to_be_announced(seed: int) -> None:
    heard: list[Signal] = []

    def hear(*, signal: Signal, **kwargs: Any) -> None:
        heard.append(signal)

    for signal in (posts_changed, counts_changed):
        signal.connect(hear)
    chance = random.Random(seed)
    for _ in range(50):
        heard.clear()
        with transaction.atomic():
            kept = _write_at_random(chance)
        assert len(heard) == bool(kept)
        # A rolled back savepoint may make more of it than there was, and never less.
        assert posts_changed not in kept or heard == [posts_changed]
