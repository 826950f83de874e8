"""The real settings, but for what would only make tests slow."""

from feedsite.settings import *  # noqa: F403 - every setting, and then the few of this file

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files straight from their apps: collecting and compressing them takes a while.
STORAGES = {
    "default": {"BACKEND": "posts.image_storage.ImageStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
