"""All routes. Their paths are a contract with other programs: see README."""

from allauth.account.decorators import secure_admin_login
from allauth.account.views import signup
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.urls import include, path
from django.views.generic import RedirectView

from feedsite import csp_reports, lane_health, manifest, schema, security_txt, site_pages
from posts.second_factor import may_enter_admin, set_up_first

# Sign-in to the admin through allauth, so that rate limits and second factors apply there too.
admin.site.login = set_up_first(secure_admin_login(admin.site.login))  # type: ignore[method-assign, no-untyped-call]
admin.site.has_permission = may_enter_admin  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = f"{settings.SITE_NAME} administration"

urlpatterns = [
    path("", include("feed.urls")),
    path("", include("posts.urls")),
    path("api/schema/", schema.Schema.as_view(), name="api-schema"),
    path("api/docs/", schema.docs, name="api-docs"),
    # The new account and the mail to it are stored in one transaction.
    path("accounts/signup/", transaction.atomic(signup), name="account_signup"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("health/lanes", lane_health.lanes, name="health-lanes"),
    path(settings.CSP_REPORTS_PATH[1:], csp_reports.csp_reports, name="csp-reports"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    # Where password managers look for the page that changes a password (W3C).
    path(
        ".well-known/change-password",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="change-password",
    ),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    *(
        path(f"{name}/", site_pages.site_page, {"name": name}, name=name)
        for name in site_pages.TITLES
    ),
]

handler400 = "posts.problems.bad_request"
handler403 = "posts.problems.permission_denied"
handler404 = "posts.problems.page_not_found"
handler500 = "posts.problems.server_error"
