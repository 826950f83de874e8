"""Every setting, in one file. What differs between places comes from the environment.

It fails closed: without SECRET_KEY nothing starts, DEBUG is off unless it is `1`, and a value that
can't be right stops the start with one sentence that names the variable.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from feedsite import caches, environment

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Place -------------------------------------------------------------------------------------

SECRET_KEY = environment.secret_key()
DEBUG = environment.flag("DEBUG", default=False)
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", default=environment.LOOPBACK_HOSTS)
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# A site that only this machine can reach has no certificate; any other is served over TLS.
HTTPS = environment.flag("HTTPS", default=not set(ALLOWED_HOSTS) <= set(environment.LOOPBACK_HOSTS))
# How many proxies of ours stand in front: that many entries of X-Forwarded-For are believed, and
# with at least one, X-Forwarded-Proto. With none, both headers are whatever a client sent.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", default=0, least=0, most=10)

WEB_WORKERS = environment.number("WEB_WORKERS", default=1, least=1, most=256)
WEB_THREADS = environment.number("WEB_THREADS", default=4, least=1, most=256)
HOST = environment.text("HOST", "127.0.0.1")
PORT = environment.number("PORT", default=8000, least=1, most=65_535)

# --- Application -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "posts",
    "feed",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_cleanup",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "rest_framework",
]
MIDDLEWARE = [
    "feedsite.probes.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "feedsite.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "posts.sessions.TrackSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "feedsite.urls"
WSGI_APPLICATION = "feedsite.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "feedsite.storage.StaticFiles"},
}
WHITENOISE_USE_FINDERS = True  # files that were not collected are served from where they lie
# Half of what there is to compress would be maps for debuggers.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
# Without the files: a form of ours has one, whose limits are those of posts/images.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["posts.uploads.BoundedUploadHandler"]
# Pictures that people have uploaded; served by posts/media.py, or by whatever is in front.
MEDIA_URL = "media/"
MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))

# --- Database and cache ------------------------------------------------------------------------

DATABASES = {
    "default": environment.database(default_path=BASE_DIR / "feed.sqlite3", threads=WEB_THREADS)
}
# Changes that go around Django (PostgreSQL alone can tell of them).
LISTEN_TO_DATABASE = environment.flag("LISTEN_TO_DATABASE", default=True)
REDIS_URL = caches.redis_url()
CACHES = {"default": caches.cache(REDIS_URL)}

# --- The feed ----------------------------------------------------------------------------------

# What each is for: docs/caching.md. Checked at start by feed/checks.py.
FEED: dict[str, Any] = {
    # The longest a page of a kind may be served, counted from its database snapshot.
    "TTL_SECONDS": {"feed": 30.0, "author": 300.0, "post": 300.0, "tag": 30.0, "search": 30.0},
    # The last seconds of a TTL, in which one reader refreshes while the others are still served.
    "GRACE_SECONDS": 5.0,
    # How long a confirmed generation is trusted (the contract's δ).
    "TRUST_SECONDS": 0.05,
    # With Redis configured but away, or several workers and no Redis: the longest any page lives.
    "AWAY_TTL_SECONDS": 2.0,
    # After a change of counts: no second refresh before the first, no old counts after the second.
    "COUNTS_REFRESH_SECONDS": 1.0,
    "COUNTS_STALE_SECONDS": 1.5,
    # How long one loader may keep the others waiting, and how long they wait.
    "LEASE_SECONDS": 2.0,
    "WAIT_SECONDS": 0.5,
    # Loads at once in one process that hold no lease.
    "LOADS_PER_PROCESS": 2,
    # What the pages kept in one process's memory may weigh.
    "MEMORY_BYTES": 16_000_000,
    # The same of finished answers, ready to be sent; 0: none are kept.
    "FRONT_DOOR_BYTES": 64_000_000,
    # How often a process compares a hit with the database; 0: never.
    "SELF_CHECK_SECONDS": 5.0,
}
# What caches between us and the reader may do with public pages. Any s-maxage above 0 adds itself
# to the freshness contract, which is why it is a decision and not a default.
EDGE_S_MAXAGE_SECONDS = environment.number("EDGE_S_MAXAGE_SECONDS", default=0, least=0, most=86_400)
EDGE_STALE_WHILE_REVALIDATE_SECONDS = environment.number(
    "EDGE_STALE_WHILE_REVALIDATE_SECONDS", default=0, least=0, most=86_400
)
EDGE_STALE_IF_ERROR_SECONDS = environment.number(
    "EDGE_STALE_IF_ERROR_SECONDS", default=60, least=0, most=604_800
)

# --- Accounts and API --------------------------------------------------------------------------

AUTH_USER_MODEL = "posts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Not in the session, which then need not be read to know that there are none.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "feed"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "feed"
# Whoever has a session alone can't take the account: addresses, second factors, tokens and the end
# of the account take the password once more, and what changes is told by mail.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# Without EMAIL_URL (submission://USER:PASSWORD@HOST:587), messages go to the log.
EMAIL = environment.email()
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "feed@localhost")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "posts.tokens.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["posts.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # It passes reads without looking at the cache.
    "DEFAULT_THROTTLE_CLASSES": ["posts.throttles.WriteThrottle"],
    "DEFAULT_THROTTLE_RATES": {"write": "120/min", "sign-in": "10/min"},
    "EXCEPTION_HANDLER": "posts.problems.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 -- a model, which migrations find by this
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=30),
    "TOKEN_LIMIT_PER_USER": 20,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Feed",
    "DESCRIPTION": "Read the global feed; write, like and comment with a token.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "feedsite.schema.describe_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Security ----------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes speak to the process, not to the site
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "posts.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", "https:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Logging -----------------------------------------------------------------------------------

_log_fields: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_log_fields,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "logfmt": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _log_fields,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(
                    key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
                ),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "logfmt"}},
    "root": {"handlers": ["console"], "level": environment.log_level()},
    "loggers": {
        # Django's own handlers would write every line twice, in another form.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
