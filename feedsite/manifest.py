"""/manifest.webmanifest: what a device shows of the site on its home screen (W3C)."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

GROUND = "#f6f8f5"


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {"src": static("feed/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("feed/touch-icon.png"), "sizes": "180x180", "type": "image/png"},
    ]
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "description": _("Everybody\u2019s posts, newest first."),
            "start_url": "/",
            "scope": "/",
            "display": "minimal-ui",
            "background_color": GROUND,
            "theme_color": GROUND,
            "icons": icons,
        },
        content_type="application/manifest+json",
        headers={"Cache-Control": "public, max-age=3600"},
    )
