from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from posts import checks, sign_in_limits, signals

        checks.connect()
        signals.connect()
        sign_in_limits.connect()
