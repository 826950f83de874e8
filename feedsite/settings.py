"""All settings of the site. Those that differ between deployments come from the environment.

Unsafe values stop the start: SECRET_KEY must be strong, DEBUG must be off if other machines can
reach the site. Each error is one sentence that names the variable.
"""

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from feedsite import caches, databases, environment, logs, mail_settings, secret_keys

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

INSTALLED_APPS = [
    "posts",
    "feed",
    "demo",
    "background",
    "freshcache.django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_cleanup",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "rest_framework",
]
MIDDLEWARE = [
    "feedsite.probes.probes",
    "feedsite.security_headers.security_headers",
    "feedsite.commits.note_commits",
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
    "posts.audit.actor_middleware",
    "posts.guards.LimitMiddleware",
]
ROOT_URLCONF = "feedsite.urls"
# Routes of the pages that posts link to and the feed serves: see posts/links.py.
PAGES = {
    "latest": "feed",
    "post": "post",
    "author": "author",
    "author_by_id": "author-by-id",
}
# Under these paths errors are problem+json (RFC 9457); elsewhere they are pages.
PROGRAM_PATHS = ("/api/", "/health/")
WSGI_APPLICATION = "feedsite.wsgi.application"
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
# No form has more than one file.
DATA_UPLOAD_MAX_NUMBER_FILES = 2
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
    "TTL_SECONDS": {"feed": 30.0, "author": 300.0, "post": 300.0, "tag": 30.0, "search": 30.0},
    # How often a process compares a hit with the database; 0: never.
    "SELF_CHECK_SECONDS": 5.0,
    # Memory of each process for responses of the front door, rendered posts and signed-in viewers.
    # With 0 nothing of the kind is kept.
    "FRONT_DOOR_BYTES": 64_000_000,
    "CARD_BYTES": 16_000_000,
    "VIEWER_BYTES": 8_000_000,
}
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

# Maximum count and its period in seconds, by what is counted; see docs/operations.md.
LIMITS = {
    scope: environment.rate(f"LIMIT_{scope.upper()}", default=default)
    for scope, default in {
        # Per account.
        "writes": "120/minute",
        "uploads": "10/minute",
        "account_changes": "10/minute",
        "reauthentications": "10/minute",
        "codes": "5/5 minutes",
        # Per client address.
        "searches": "60/minute",
        "uncached_reads": "1200/minute",
        "sign_ups": "10/hour",
        "token_requests": "10/minute",
        # Per client address, and per e-mail address in the form.
        "password_resets": "10/hour",
        "confirmation_mails": "1/3 minutes",
        # Wrong passwords per client address.
        "sign_ins": "10/minute",
        # Wrong passwords per account and client address.
        "sign_in_failures": "5/5 minutes",
        # Wrong passwords per account. Beyond it, the next limit replaces `sign_in_failures`.
        "account_failures": "100/hour",
        "failures_under_attack": "1/hour",
    }.items()
}

# --- Accounts and API --------------------------------------------------------------------------

AUTH_USER_MODEL = "posts.User"
AUTHENTICATION_BACKENDS = [
    "posts.account_backend.AccountBackend",
    # For the sessions that name it (posts/account_backend.py); it never checks a password.
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# In a cookie, so that a page without messages does not read the session.
MESSAGE_STORAGE = "posts.messages.MessagesCookie"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "feed"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_REDIRECT_URL = "feed"
# A stolen session is not enough to take over the account: a change of addresses, second factors or
# tokens, and deleting the account, require the password again.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# The user gets a mail about each such change.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_SIGNUP_REDIRECT_URL = "welcome"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_VALIDATORS = "posts.adapters.username_validators"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Off: a full cache evicts the counters of allauth's limits. LIMITS replaces them (posts/guards.py).
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

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
ACCOUNT_ADAPTER = "posts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "posts.forms.accounts.SignUpForm",
    "reset_password": "posts.forms.accounts.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional" if SENDS_MAIL else "none"
# Sign-up responds the same for known and unknown addresses: the account is created, and only the
# owner of the address can confirm it.
ACCOUNT_PREVENT_ENUMERATION = "strict"

MFA_ADAPTER = "posts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "posts.forms.accounts.PasskeyForm",
    "edit_webauthn": "posts.forms.accounts.PasskeyNameForm",
}
# A second factor on an account with another person's address would lock the owner out.
MFA_ALLOW_UNVERIFIED_EMAIL = not CONFIRM_ADDRESSES
# Staff permissions need a second factor; see `User.powers_unlocked`.
STAFF_SECOND_FACTOR = environment.flag("STAFF_SECOND_FACTOR", default=not IS_LOCAL)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "posts.tokens.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
        "posts.confirmation.MayWrite",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["posts.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # Counts writes only.
    "DEFAULT_THROTTLE_CLASSES": ["posts.throttles.WriteThrottle"],
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
    "TITLE": SITE_NAME,
    "DESCRIPTION": "Read the global feed; write, like and comment with a token.",
    "VERSION": "0.2.0",
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
CSP_REPORTS_PATH = "/csp-reports/"
CSP_REPORTS_GROUP = "csp"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Only the policy in feed/static/feed/reading.js turns strings into HTML; nothing turns them
        # into code. feedsite/csp.py lists the paths without these two.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
        # For Firefox and Safari.
        "report-uri": CSP_REPORTS_PATH,
        # For Chromium.
        "report-to": CSP_REPORTS_GROUP,
    }
}

# --- Logging -----------------------------------------------------------------------------------

LOGGING = logs.configured(level=environment.log_level())
