"""The site's settings, without some that make tests slow or dependent."""

from feedsite.settings import *  # noqa: F403 -- all settings; this file overrides some

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A test's hashtags of the week are no longer those of the next test.
TRENDS_SECONDS = 0.0

# Static files are served from their apps, without collecting and compressing them.
STORAGES = {
    "default": {"BACKEND": "posts.image_storage.ImageStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
