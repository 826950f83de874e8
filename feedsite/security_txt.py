"""/.well-known/security.txt: whom to tell of a hole (RFC 9116)."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# Less than a year, as the RFC advises; computed, so that it is never past while the site runs.
VALID_DAYS = 180


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The file, the same for a whole day; 404 where the operator has named no contact."""
    if not settings.SECURITY_CONTACTS:
        raise Http404
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expires = today + timedelta(days=VALID_DAYS)
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACTS]
    lines += [
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(request.path)}",
    ]
    return HttpResponse(
        "\n".join([*lines, ""]),
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=86400"},
    )
