"""Our models without what else our app sets up, which the peers would pay for."""

from django.apps import AppConfig


class ModelsAlone(AppConfig):
    name = "posts"
    default_auto_field = "django.db.models.BigAutoField"
