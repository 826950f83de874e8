"""Headers that tell browsers what our pages need, and who may embed what we answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Powers that no page of ours uses. The rest of them (passkeys, the clipboard, sharing) are only
# there for our own pages, by the browsers' defaults.
UNUSED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
OURS = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join([f"{name}=()" for name in UNUSED] + [f"{name}=(self)" for name in OURS])


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., object]:
    """Middleware, outside of the one that answers static files.

    No other site may embed an answer, unless its view says so. What matters to documents alone is
    left out of the rest: each hit of the front door sends all headers again.
    """
    endpoints = f'{settings.CSP_REPORTS_GROUP}="{settings.CSP_REPORTS_PATH}"'

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        headers = response.headers
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if headers.get("Content-Type", "").startswith("text/html"):
            headers.setdefault("Permissions-Policy", PERMISSIONS)
            headers.setdefault("Reporting-Endpoints", endpoints)
        return response

    return answer
