"""Uploaded images over HTTP: files never change, and names are never used again."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe


@require_safe
def image(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return one image of a post or an avatar. The route matches no other path."""
    try:
        file = default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        file,
        content_type="image/webp",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
            # Clients of the API show these on pages of their own.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
