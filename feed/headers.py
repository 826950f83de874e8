"""What a cached answer says of itself: how it may be kept, how old it is, what happened to it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from feed.policy import Outcome, Served

_HAPPENED = {
    Outcome.HIT: "hit",
    Outcome.STALE_HIT: "hit",
    Outcome.MISS: "fwd=miss",
    Outcome.BYPASS: "fwd=bypass",
    Outcome.ERROR: "hit",
}


def has_credentials(request: HttpRequest) -> bool:
    """Whether the request may be somebody's: it carries a session or a token, right or wrong."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers


def describe(response: HttpResponse, served: Served, *, private: bool) -> None:
    """Set Cache-Control, Age (RFC 9111), Cache-Status (RFC 9211) and Vary."""
    response["Cache-Control"] = cache_control(private=private or served.outcome is Outcome.ERROR)
    response["Cache-Status"] = _cache_status(served)
    if served.outcome is not Outcome.MISS and served.outcome is not Outcome.BYPASS:
        response["Age"] = str(int(served.age_seconds))
    patch_vary_headers(response, ["Authorization", "Cookie"])


def cache_control(*, private: bool) -> str:
    """Readers ask again each time; what edges may do is a decision of the settings."""
    if private:
        return "private, no-cache"
    directives = ["public", "max-age=0", f"s-maxage={settings.EDGE_S_MAXAGE_SECONDS}"]
    if settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS:
        directives.append(f"stale-while-revalidate={settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS}")
    if settings.EDGE_STALE_IF_ERROR_SECONDS:
        directives.append(f"stale-if-error={settings.EDGE_STALE_IF_ERROR_SECONDS}")
    return ", ".join(directives)


def _cache_status(served: Served) -> str:
    parts = ["feed", _HAPPENED[served.outcome]]
    if served.stored:
        parts.append("stored")
    if served.outcome is not Outcome.BYPASS:
        parts.append(f"ttl={int(served.ttl_seconds)}")
    if detail := _detail(served):
        parts.append(f'detail="{detail}"')
    return "; ".join(parts)


def _detail(served: Served) -> str:
    if served.reason:
        return served.reason
    if served.outcome is Outcome.ERROR:
        return "database down"
    if served.outcome is Outcome.STALE_HIT:
        return "being renewed"
    return "" if served.shared else "memory"
