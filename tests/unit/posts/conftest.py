"""A recorder of announcements."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from posts.signals import counts_changed, posts_changed

POSTS, COUNTS = "posts", "counts"


class SignalRecorder(list[str]):
    """The announced kinds in order; `causes` has the cause of each."""

    def __init__(self) -> None:
        self.causes: list[str] = []

    def record(self, *, signal: Signal, cause: str, using: str, **kwargs: Any) -> None:
        assert using == "default"
        assert not transaction.get_connection().in_atomic_block
        self.append(POSTS if signal is posts_changed else COUNTS)
        self.causes.append(cause)


@pytest.fixture
def recorder() -> Iterator[SignalRecorder]:
    signals = SignalRecorder()
    for signal in (posts_changed, counts_changed):
        signal.connect(signals.record)
    yield signals
    for signal in (posts_changed, counts_changed):
        signal.disconnect(signals.record)
