"""The Django application `freshcache.django`, which only registers system checks."""

from django.apps import AppConfig


class FreshCacheConfig(AppConfig):
    """Add "freshcache.django" to INSTALLED_APPS to check the settings that the cache needs."""

    name = "freshcache.django"
    label = "freshcache"

    def ready(self) -> None:
        from freshcache.django import checks

        checks.connect()
