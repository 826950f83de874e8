from datetime import timedelta

from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from background.periodic import JOBS, Job
        from posts import (
            audit,
            checks,
            idempotency,
            image_files,
            search_words,
            sessions,
            sign_in_limits,
            signals,
            version_triggers,
        )

        audit.connect()
        checks.connect()
        image_files.connect()
        search_words.connect()
        sessions.connect()
        signals.connect()
        sign_in_limits.connect()
        version_triggers.connect(self)
        JOBS["prune submitted keys"] = Job(timedelta(minutes=5), idempotency.prune)
