"""Announcements in randomly nested savepoints, some of them rolled back."""

import random

import pytest
from django.db import transaction

from posts.signals import announce_counts, announce_posts
from tests.unit.posts.conftest import COUNTS, POSTS, SignalRecorder

pytestmark = pytest.mark.django_db(transaction=True)


def _write_at_random(chance: random.Random, depth: int = 0) -> set[str]:
    """Announce in random savepoints; return the announcements that were not rolled back."""
    kept: set[str] = set()
    for _ in range(chance.randint(0, 4)):
        action = chance.choice([POSTS, COUNTS, "savepoint"])
        if action == POSTS:
            announce_posts("test")
            kept.add(POSTS)
        elif action == COUNTS:
            announce_counts("test")
            kept.add(COUNTS)
        elif depth < 4:
            rolled_back = chance.random() < 0.4
            with transaction.atomic(savepoint=rolled_back or chance.random() < 0.5):
                inner = _write_at_random(chance, depth + 1)
                transaction.set_rollback(rolled_back)
            kept |= set() if rolled_back else inner
    return kept


@pytest.mark.parametrize("seed", range(10))
def test_commit_with_any_announcement_announces_once(seed: int, recorder: SignalRecorder) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        recorder.clear()
        with transaction.atomic():
            kept = _write_at_random(chance)
        assert len(recorder) == bool(kept)
        # A rolled back savepoint may strengthen the announcement, but never weaken it.
        assert POSTS not in kept or recorder == [POSTS]
