from django.apps import AppConfig

from posts import signals


class PostsConfig(AppConfig):
    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        signals.connect()
