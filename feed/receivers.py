"""The feed listens to the write side, which knows nothing of the feed."""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate

from feed.cache import feed_cache
from posts.signals import counts_changed, posts_changed


def invalidate(*, cause: str, **kwargs: Any) -> None:
    feed_cache().bump("content", cause)


def invalidate_counts(*, cause: str, **kwargs: Any) -> None:
    feed_cache().bump("counts", cause)


def invalidate_all(**kwargs: Any) -> None:
    feed_cache().bump("content", "migrated")


def connect() -> None:
    # What a migration writes, or `flush`, goes past the models; and, as this program's, past the
    # triggers.
    posts = apps.get_app_config("posts")
    post_migrate.connect(invalidate_all, dispatch_uid="feed.migrated", sender=posts)
    posts_changed.connect(invalidate, dispatch_uid="feed.invalidate")
    counts_changed.connect(invalidate_counts, dispatch_uid="feed.invalidate_counts")
