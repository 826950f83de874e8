"""Models of other apps that have no place in the admin.

Addresses of accounts, their confirmations, second factors, sessions and tokens: who could edit one
of a superuser's would be superuser.
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
    "knox",
)


def hide() -> None:
    """Unregister them, wherever these apps stand in INSTALLED_APPS: their registration runs first,
    and no second time."""
    for config in apps.get_app_configs():
        if config.name not in HIDDEN_APPS:
            continue
        if module_has_submodule(config.module, "admin"):
            import_module(f"{config.name}.admin")
        for model in config.get_models():
            if admin.site.is_registered(model):
                admin.site.unregister(model)
