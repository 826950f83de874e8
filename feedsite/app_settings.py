"""The apps of the site, the middleware that each request passes, in its order, and the routes."""

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
    "feedsite.cors.cors",
    "feedsite.security_headers.security_headers",
    "feedsite.commits.note_commits",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "feedsite.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "feedsite.slashes.AppendSlash",
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
# Programs on other sites may use these paths in a browser: see feedsite/cors.py.
OPEN_PATHS = ("/api/",)
OPEN_SUFFIXES = (".atom", "/feed.json")
WSGI_APPLICATION = "feedsite.wsgi.application"
