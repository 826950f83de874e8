from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from posts import checks, sessions, signals

        checks.connect()
        sessions.connect()
        signals.connect()
