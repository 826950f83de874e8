"""The feed listens to the write side, which knows nothing of the feed."""

from typing import Any

from feed.cache import feed_cache
from posts.signals import counts_changed, posts_changed


def invalidate(*, cause: str, **kwargs: Any) -> None:
    feed_cache().invalidate(cause)


def invalidate_counts(*, cause: str, **kwargs: Any) -> None:
    feed_cache().invalidate_counts(cause)


def connect() -> None:
    posts_changed.connect(invalidate, dispatch_uid="feed.invalidate")
    counts_changed.connect(invalidate_counts, dispatch_uid="feed.invalidate_counts")
