"""Receivers of the signals of `posts`: they invalidate the feed's pages."""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate

from feed.cache import feed_cache
from posts.signals import counts_changed, posts_changed


def invalidate(*, cause: str, **kwargs: Any) -> None:
    """Begin a new generation."""
    feed_cache().bump("content", cause)


def invalidate_counts(*, cause: str, **kwargs: Any) -> None:
    """Begin a new counts version."""
    feed_cache().bump("counts", cause)


def invalidate_all(**kwargs: Any) -> None:
    """Begin a new generation after a migration."""
    feed_cache().bump("content", "migrated")


def connect() -> None:
    """Connect all receivers."""
    # A migration and `flush` write without the models' signals, and as this program they are
    # ignored by the triggers.
    posts = apps.get_app_config("posts")
    post_migrate.connect(invalidate_all, dispatch_uid="feed.migrated", sender=posts)
    posts_changed.connect(invalidate, dispatch_uid="feed.invalidate")
    counts_changed.connect(invalidate_counts, dispatch_uid="feed.invalidate_counts")
