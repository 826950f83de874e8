"""Models of other apps that the admin must not show.

They hold addresses, confirmations, second factors, sessions, tokens and mail. Staff who could edit
those of a superuser could sign in as that superuser.
"""

from importlib import import_module

from django.apps import apps
from django.contrib import admin
from django.utils.module_loading import module_has_submodule

HIDDEN_APPS = (
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "django_tasks_db",
    "knox",
)


def hide() -> None:
    """Unregister the models, in any order of INSTALLED_APPS: each admin module is imported first,
    and is not run again."""
    for config in apps.get_app_configs():
        if config.name not in HIDDEN_APPS:
            continue
        if module_has_submodule(config.module, "admin"):
            import_module(f"{config.name}.admin")
        for model in config.get_models():
            if admin.site.is_registered(model):
                admin.site.unregister(model)
