"""Our models without the rest of our app's set-up, which would cost the peers time."""

from django.apps import AppConfig


class ModelsOnly(AppConfig):
    """The app `posts` without its signals and checks."""

    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"
