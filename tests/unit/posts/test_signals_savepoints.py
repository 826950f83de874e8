"""Announcements in savepoints nested at random, some of them rolled back."""

import random

import pytest
from django.db import transaction

from posts.signals import announce_counts, announce_posts
from tests.unit.posts.conftest import COUNTS, POSTS, SignalRecorder

pytestmark = pytest.mark.django_db(transaction=True)


def _write_at_random(chance: random.Random, depth: int = 0) -> set[str]:
    """Announce in some of many savepoints; what of it was not rolled back."""
    kept: set[str] = set()
    for _ in range(chance.randint(0, 4)):
        what = chance.choice([POSTS, COUNTS, "savepoint"])
        if what == POSTS:
            announce_posts("test")
            kept.add(POSTS)
        elif what == COUNTS:
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
def test_a_commit_is_announced_once_if_anything_it_holds_was_to_be_announced(
    seed: int, recorder: SignalRecorder
) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        recorder.clear()
        with transaction.atomic():
            kept = _write_at_random(chance)
        assert len(recorder) == bool(kept)
        # A rolled back savepoint may make more of it than there was, and never less.
        assert POSTS not in kept or recorder == [POSTS]
