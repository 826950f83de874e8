"""The site's settings, without two that make tests slow."""

from feedsite.settings import *  # noqa: F403 -- all settings; this file overrides some

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files are served from their apps, without collecting and compressing them.
STORAGES = {
    "default": {"BACKEND": "posts.image_storage.ImageStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
