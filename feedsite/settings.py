"""All settings of the site. Those that differ between deployments come from the environment.

What is the same in each deployment is in `account_settings`, `api_settings`, `app_settings` and
`csp_settings`.

Unsafe values stop the start: SECRET_KEY must be strong, DEBUG must be off if other machines can
reach the site. Each error is one sentence that names the variable.
"""

import math
from pathlib import Path
from typing import Any

from whitenoise.compress import Compressor

from feedsite import (
    api_settings,
    caches,
    databases,
    environment,
    limit_settings,
    logs,
    mail_settings,
    secret_keys,
)
from feedsite.account_settings import *  # noqa: F403 -- all of it are settings
from feedsite.api_settings import *  # noqa: F403 -- the same
from feedsite.app_settings import *  # noqa: F403 -- the same
from feedsite.csp_settings import *  # noqa: F403 -- the same

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Deployment --------------------------------------------------------------------------------

SECRET_KEY = secret_keys.secret_key()
# Former keys, so that users stay signed in while the key is changed.
SECRET_KEY_FALLBACKS = secret_keys.secret_key_fallbacks()
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", default=environment.LOOPBACK_HOSTS)
HOST = environment.text("HOST", "127.0.0.1")
DEBUG = environment.debug(allowed_hosts=ALLOWED_HOSTS, address=HOST)
DEFAULT_EXCEPTION_REPORTER_FILTER = "feedsite.debug_page.RequestLineOnly"
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# A site that other machines cannot reach has no certificate; any other site is served over TLS.
IS_LOCAL = set(ALLOWED_HOSTS) <= set(environment.LOOPBACK_HOSTS)
HTTPS = environment.flag("HTTPS", default=not IS_LOCAL)
# Number of our proxies in front of the site. Only that many entries of X-Forwarded-For are trusted,
# and X-Forwarded-Proto only with at least one: clients can send both headers.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", default=0, minimum=0, maximum=10)

WEB_WORKERS = environment.number("WEB_WORKERS", default=1, minimum=1, maximum=256)
# Requests that Django handles at a time (feedsite/lanes.py).
WEB_THREADS = environment.number("WEB_THREADS", default=4, minimum=1, maximum=256)
# Requests that wait for a slow client at a time; see there.
BODY_THREADS = environment.number("BODY_THREADS", default=4, minimum=2, maximum=256)
# Runs background/worker.py beside the web workers. With 0, `manage.py run_tasks` does elsewhere.
TASK_WORKER = environment.flag("TASK_WORKER", default=True)
PORT = environment.number("PORT", default=8000, minimum=1, maximum=65_535)

# --- Application -------------------------------------------------------------------------------

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["feedsite.site_tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
# The name on pages, in mails and in the description of the API.
SITE_NAME = environment.site_name()
# The domain in the ids of entries of Atom and JSON Feed, which must stay when the address changes.
WEB_FEED_DOMAIN = environment.domain("WEB_FEED_DOMAIN", default=ALLOWED_HOSTS[0].lstrip("."))
# A directory with about.md, rules.md or privacy.md, which replace the pages of that name.
SITE_PAGES = environment.directory("SITE_PAGES")
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "posts.image_storage.ImageStorage"},
    "staticfiles": {"BACKEND": "feedsite.storage.StaticFiles"},
}
# Serves static files from their apps, too, before they are collected.
WHITENOISE_USE_FINDERS = True
# Files at the root of the site: robots.txt, favicon.ico.
WHITENOISE_ROOT = BASE_DIR / "feedsite" / "root"
# Source maps would be half of the bytes to compress, and only debuggers load them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
# Limit in bytes for a body without its files. Limits of images are in posts/images.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# A post has up to four images. Twice as many get a sentence instead of an error.
DATA_UPLOAD_MAX_NUMBER_FILES = 8
# Stops an upload above the limit before it is complete.
FILE_UPLOAD_HANDLERS = ["posts.uploads.BoundedUploadHandler"]
# Uploaded images; served by posts/media.py, or by the proxy.
MEDIA_URL = "media/"
MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
# Processes that decode images, per web worker; started when first needed.
IMAGE_PROCESSES = environment.number("IMAGE_PROCESSES", default=1, minimum=1, maximum=16)
# Limit in megabytes for the images of one account.
STORAGE_QUOTA_MB = environment.number("STORAGE_QUOTA_MB", default=500, minimum=1, maximum=1_000_000)

# --- Database and cache ------------------------------------------------------------------------

DATABASES = {
    "default": databases.database(default_path=BASE_DIR / "feed.sqlite3", threads=WEB_THREADS)
}
# Limits in the web server: for one query of a read; for a whole write, from the end of its body to
# the begin of its last COMMIT. docs/operations.md has all limits that must be longer.
QUERY_READ_SECONDS = environment.seconds("QUERY_READ_SECONDS", default=2.0, minimum=0.1, maximum=10)
WRITE_SECONDS = environment.seconds("WRITE_SECONDS", default=6.0, minimum=1, maximum=20)
# Listens to notifications of writes that other programs make. PostgreSQL only.
LISTEN_TO_DATABASE = environment.flag("LISTEN_TO_DATABASE", default=True)
REDIS_URL = caches.redis_url()
# Prefix of all keys of this site, so that several sites can share one Redis.
REDIS_KEY_PREFIX = caches.key_prefix()
CACHES = {"default": caches.cache(REDIS_URL)}
# What a stopping worker is given: for a whole write, the answer to COMMIT, and the invalidation.
STOP_SECONDS = math.ceil(WRITE_SECONDS + 1.5 + caches.longest_wait_seconds(CACHES["default"]))

# --- Tasks -------------------------------------------------------------------------------------

# Work that no request waits for; see background/task_queue.py. Each queue has a thread in a worker.
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "mail"],
    }
}

# --- The feed ----------------------------------------------------------------------------------

# Numbers of the feed, and fields of freshcache.Policy (in capitals) where this site wants another
# value than the default. docs/caching.md gives the reasons; feed/checks.py checks all at start.
FEED: dict[str, Any] = {
    # For each kind of page, the longest time it may be served, counted from its database snapshot.
    "TTL_SECONDS": {
        **dict.fromkeys(("feed", "tag", "search", "people"), 30.0),
        **dict.fromkeys(("author", "post", "comments", "history"), 300.0),
        "explore": 60.0,
    },
    # How often a process compares a hit with the database; 0: never.
    "SELF_CHECK_SECONDS": 5.0,
    # Memory of each process for responses of the front door, rendered posts and signed-in viewers.
    # With 0 nothing of the kind is kept.
    "FRONT_DOOR_BYTES": 64_000_000,
    "CARD_BYTES": 16_000_000,
    "VIEWER_BYTES": 8_000_000,
}
TRENDS_SECONDS = 60.0  # how long hashtags and people of the week are kept
# How long caches between this site and its readers may serve public pages. EDGE_S_MAXAGE_SECONDS
# adds to the time after which a change shows, so that it is 0 unless an operator decides otherwise.
EDGE_S_MAXAGE_SECONDS = environment.number(
    "EDGE_S_MAXAGE_SECONDS", default=0, minimum=0, maximum=86_400
)
EDGE_STALE_WHILE_REVALIDATE_SECONDS = environment.number(
    "EDGE_STALE_WHILE_REVALIDATE_SECONDS", default=0, minimum=0, maximum=86_400
)
EDGE_STALE_IF_ERROR_SECONDS = environment.number(
    "EDGE_STALE_IF_ERROR_SECONDS", default=60, minimum=0, maximum=604_800
)

# --- Limits ------------------------------------------------------------------------------------

# Maximum count and its period in seconds, by what is counted.
LIMITS = limit_settings.limits()

# --- Accounts, mail and API --------------------------------------------------------------------

ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

EMAIL = mail_settings.email(local=DEBUG or IS_LOCAL)
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
# Sends the messages that EMAIL_BACKEND has enqueued, if EMAIL_URL is set.
MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# Seconds for each reply of the mail server. Only the queue of mail waits meanwhile.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "feed@localhost")
SENDS_MAIL = EMAIL_BACKEND != "feedsite.mail.NoMailBackend"
# Contact on the site's own pages, and for a new password if it sends no mail: an address, or any
# other text.
SITE_CONTACT = environment.text("SITE_CONTACT")

# Only users with a confirmed address may write; see `User.may_write`.
CONFIRM_ADDRESSES = mail_settings.confirm_addresses(sends_mail=SENDS_MAIL)
ACCOUNT_EMAIL_VERIFICATION = "optional" if SENDS_MAIL else "none"
# A second factor on an account with another person's address would lock the owner out.
MFA_ALLOW_UNVERIFIED_EMAIL = not CONFIRM_ADDRESSES
# Staff permissions need a second factor; see `User.powers_unlocked`.
STAFF_SECOND_FACTOR = environment.flag("STAFF_SECOND_FACTOR", default=not IS_LOCAL)

REST_FRAMEWORK = {**api_settings.REST_FRAMEWORK, "NUM_PROXIES": TRUSTED_PROXIES}
SPECTACULAR_SETTINGS = {
    "TITLE": SITE_NAME,
    "DESCRIPTION": "Read the global feed; write, like and comment with a token.",
    "VERSION": "0.2.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "feedsite.schema.describe_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Security ----------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Health probes use plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# These two apply to all names under the operator's domain, and are hard to undo.
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.flag("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = environment.hsts_preload(subdomains=SECURE_HSTS_INCLUDE_SUBDOMAINS)
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS_SUBDOMAINS is the operator's decision
    "security.W021",  # HSTS_PRELOAD is the operator's decision
]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# Browsers accept a cookie with this prefix only over TLS and from this host, not from other hosts
# of the domain. The front door and deploy/nginx.conf use these names.
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}django_language"
MESSAGES_COOKIE_NAME = f"{_HOST_ONLY}messages"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "posts.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Contacts for reports of vulnerabilities, in /.well-known/security.txt; without any it is 404.
SECURITY_CONTACTS = environment.contacts("SECURITY_CONTACT")

# --- Logging -----------------------------------------------------------------------------------

LOGGING = logs.configured(level=environment.log_level())
