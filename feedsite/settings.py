"""Every setting, in one file. What differs between places comes from the environment.

It fails closed: without a strong SECRET_KEY nothing starts, DEBUG is off unless it is `1` and only
this machine reaches the site, and a value that can't be right stops the start with one sentence
that names the variable.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from feedsite import caches, environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Place -------------------------------------------------------------------------------------

SECRET_KEY = environment.secret_key()
# Keys of before, while a new one takes over: nobody is signed out by it.
SECRET_KEY_FALLBACKS = environment.secret_key_fallbacks()
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", default=environment.LOOPBACK_HOSTS)
HOST = environment.text("HOST", "127.0.0.1")
DEBUG = environment.debug(allowed_hosts=ALLOWED_HOSTS, address=HOST)
DEFAULT_EXCEPTION_REPORTER_FILTER = "feedsite.debug_page.NothingButTheRequestLine"
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# A site that only this machine can reach has no certificate; any other is served over TLS.
IS_LOCAL = set(ALLOWED_HOSTS) <= set(environment.LOOPBACK_HOSTS)
HTTPS = environment.flag("HTTPS", default=not IS_LOCAL)
# How many proxies of ours stand in front: that many entries of X-Forwarded-For are believed, and
# with at least one, X-Forwarded-Proto. With none, both headers are whatever a client sent.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", default=0, least=0, most=10)

WEB_WORKERS = environment.number("WEB_WORKERS", default=1, least=1, most=256)
# How many requests may be in Django at a time, and how many may wait for a slow client; what the
# server starts beyond them is for hits (feedsite/lanes.py).
WEB_THREADS = environment.number("WEB_THREADS", default=4, least=1, most=256)
BODY_THREADS = environment.number("BODY_THREADS", default=4, least=2, most=256)
PORT = environment.number("PORT", default=8000, least=1, most=65_535)

# --- Application -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "posts",
    "feed",
    "demo",
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
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "rest_framework",
]
MIDDLEWARE = [
    "feedsite.probes.probes",
    "feedsite.security_headers.security_headers",
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
    "default": {"BACKEND": "posts.image_storage.ImageStorage"},
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
# Processes that decode images, for each web worker; started when first needed.
IMAGE_PROCESSES = environment.number("IMAGE_PROCESSES", default=1, least=1, most=16)
# What the images of one account may take.
STORAGE_QUOTA_MB = environment.number("STORAGE_QUOTA_MB", default=500, least=1, most=1_000_000)

# --- Database and cache ------------------------------------------------------------------------

DATABASES = {
    "default": environment.database(default_path=BASE_DIR / "feed.sqlite3", threads=WEB_THREADS)
}
# How long the web server waits for the answer to one query of a read, and of anything else.
QUERY_READ_SECONDS = environment.seconds("QUERY_READ_SECONDS", default=2.0, least=0.1, most=60)
QUERY_SECONDS = environment.seconds("QUERY_SECONDS", default=10.0, least=1, most=600)
# Changes that go around Django (PostgreSQL alone can tell of them).
LISTEN_TO_DATABASE = environment.flag("LISTEN_TO_DATABASE", default=True)
REDIS_URL = caches.redis_url()
# What begins every key of this site, so that several may share a Redis.
REDIS_KEY_PREFIX = caches.key_prefix()
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
    # What one process keeps: of pages, with what was rendered of them; of finished answers, ready
    # to be sent; of rendered posts; of the people who are signed in. 0 keeps none, but of pages.
    "MEMORY_BYTES": 32_000_000,
    "FRONT_DOOR_BYTES": 64_000_000,
    "CARD_BYTES": 16_000_000,
    "VIEWER_BYTES": 8_000_000,
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

# --- Limits ------------------------------------------------------------------------------------

# How many in how many seconds; each is named after what is counted, see docs/operations.md.
LIMITS = {
    scope: environment.rate(f"LIMIT_{scope.upper()}", default=default)
    for scope, default in {
        # By account.
        "writes": "120/minute",
        "uploads": "10/minute",
        "account_changes": "10/minute",
        "reauthentications": "10/minute",
        "codes": "5/5 minutes",
        # By address.
        "searches": "60/minute",
        "uncached_reads": "1200/minute",
        "sign_ups": "10/hour",
        "token_requests": "10/minute",
        # By address, and by the e-mail address that somebody names.
        "password_resets": "10/hour",
        "confirmation_mails": "1/3 minutes",
        # Wrong passwords: from one address; for one account from one address; for one account from
        # everywhere, beyond which an address that failed once waits for the last one.
        "sign_ins": "10/minute",
        "sign_in_failures": "5/5 minutes",
        "account_failures": "100/hour",
        "failures_under_attack": "1/hour",
    }.items()
}

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
MESSAGE_STORAGE = "posts.messages.MessagesCookie"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "feed"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_REDIRECT_URL = "feed"
# Whoever has a session alone can't take the account: addresses, second factors, tokens and the end
# of the account take the password once more, and what changes is told by mail.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_VALIDATORS = "posts.usernames.validators"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Its limits are kept where a full cache evicts them; ours are LIMITS, see posts/guards.py.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

# EMAIL_URL: submission://USER:PASSWORD@HOST:587
EMAIL = environment.email(local=DEBUG or IS_LOCAL)
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 5  # seconds for each answer of the server; a thread waits so long
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "feed@localhost")
SENDS_MAIL = EMAIL_BACKEND != "feedsite.mail.NoMailBackend"
# Whom to ask for a new password where no mail can be sent: an address, or any other words.
SITE_CONTACT = environment.text("SITE_CONTACT")

# Writing waits for a confirmed address; see posts/confirmation.py.
CONFIRM_ADDRESSES = environment.confirm_addresses(sends_mail=SENDS_MAIL)
ACCOUNT_ADAPTER = "posts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "posts.forms.accounts.SignUpForm",
    "reset_password": "posts.forms.accounts.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional" if SENDS_MAIL else "none"
# Signing up answers alike whether an address is known or not: the account is made, and only the
# owner of the address can confirm it.
ACCOUNT_PREVENT_ENUMERATION = "strict"

MFA_ADAPTER = "posts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "posts.forms.accounts.PasskeyForm",
    "edit_webauthn": "posts.forms.accounts.PasskeyNameForm",
}
# With a second factor set up on an address of somebody else, its owner could never come in.
MFA_ALLOW_UNVERIFIED_EMAIL = not CONFIRM_ADDRESSES
# Staff use their powers only with a second factor; see posts/second_factor.py.
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
    # It passes reads without counting them.
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
# These two bind every name under the operator's domain, and can hardly be taken back.
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.flag("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = environment.hsts_preload(subdomains=SECURE_HSTS_INCLUDE_SUBDOMAINS)
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS_SUBDOMAINS is the operator's decision
    "security.W021",  # and so is HSTS_PRELOAD
]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# Browsers take a cookie of such a name over TLS from this very host alone: none from a neighbour
# under the same domain. The front door and deploy/nginx.conf go by these names.
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}django_language"
MESSAGES_COOKIE_NAME = f"{_HOST_ONLY}messages"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "posts.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Whom to tell of a hole; without it there is no /.well-known/security.txt.
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
        # Strings become HTML by the policy of feed/static/feed/reading.js alone, and never code.
        # Paths that can't live with it: feedsite/csp.py.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
        # The first for Firefox and Safari, the second for Chromium.
        "report-uri": CSP_REPORTS_PATH,
        "report-to": CSP_REPORTS_GROUP,
    }
}

# --- Logging -----------------------------------------------------------------------------------

LOGGING = logs.configured(level=environment.log_level())
