"""All routes. Their paths are a contract with other programs: see README."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from feedsite import csp_reports, lane_health, schema, security_txt
from posts.second_factor import may_enter_admin, set_up_first

# Sign-in to the admin through allauth, so that rate limits and second factors apply there too.
admin.site.login = set_up_first(secure_admin_login(admin.site.login))  # type: ignore[method-assign, no-untyped-call]
admin.site.has_permission = may_enter_admin  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Feed administration"

urlpatterns = [
    path("", include("feed.urls")),
    path("", include("posts.urls")),
    path("api/schema/", schema.Schema.as_view(), name="api-schema"),
    path("api/docs/", schema.docs, name="api-docs"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("health/lanes", lane_health.lanes, name="health-lanes"),
    path(settings.CSP_REPORTS_PATH[1:], csp_reports.csp_reports, name="csp-reports"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
]

handler400 = "posts.problems.bad_request"
handler403 = "posts.problems.permission_denied"
handler404 = "posts.problems.page_not_found"
handler500 = "posts.problems.server_error"
