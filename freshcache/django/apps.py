"""`INSTALLED_APPS = [..., "freshcache.django"]` checks the settings that the cache rests on."""

from django.apps import AppConfig


class FreshCacheConfig(AppConfig):
    name = "freshcache.django"
    label = "freshcache"

    def ready(self) -> None:
        from freshcache.django import checks

        checks.connect()
