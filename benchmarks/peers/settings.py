"""The settings of `startproject` without the admin, with our models. BENCH_PEER adds a library."""

import os
from pathlib import Path

from feedsite import databases

PEER = os.environ.get("BENCH_PEER", "plain")
REDIS_URL = os.environ["REDIS_URL"]
TTL_SECONDS = 30

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.peers.urls"
PAGES = {"latest": "post", "post": "post", "author": "post", "author_by_id": "post"}
USE_TZ = True
MEDIA_URL = "media/"
AUTH_USER_MODEL = "posts.User"
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 -- the name of a model
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",  # our models refer to it
    "benchmarks.peers.apps.ModelsOnly",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
# The same database and pool as our site.
DATABASES = {"default": databases.database(default_path=Path("unused"), threads=4)}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    }
}
# Django's default only mails errors.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}

REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer"}

if PEER == "lean":  # less than a real deployment has: only the view and its cache
    MIDDLEWARE = []
    REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    }
if PEER == "cacheops":
    INSTALLED_APPS.insert(0, "cacheops")
    CACHEOPS_REDIS = REDIS_URL
    CACHEOPS = {"posts.*": {"ops": "all", "timeout": TTL_SECONDS}}
if PEER == "cachalot":
    INSTALLED_APPS.append("cachalot")
