"""Headers that limit browser features of our pages and embedding by other sites."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Browser features that no page uses. By default browsers limit the others (the clipboard, sharing)
# to our own origin.
UNUSED_FEATURES = (
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
SAME_ORIGIN_FEATURES = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join(
    [f"{name}=()" for name in UNUSED_FEATURES] + [f"{name}=(self)" for name in SAME_ORIGIN_FEATURES]
)


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., object]:
    """Add the headers. This middleware is outside the one that answers static files.

    No other site may embed a response, unless its view allows it. Headers for documents are sent
    with HTML only: the front door repeats all headers with each hit.
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
