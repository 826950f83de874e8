"""The headers of a cached response: who may keep it, and what the cache did (RFC 9111, 9211)."""

from django.conf import settings
from django.http import HttpRequest

from freshcache.policy import Outcome
from freshcache.served import Served

# For readers with credentials: only their own browser may keep it, and must ask each time.
PRIVATE = "private, no-cache"

_STATUS = {
    Outcome.HIT: "hit",
    Outcome.STALE_HIT: "hit",
    Outcome.MISS: "fwd=miss",
    Outcome.BYPASS: "fwd=bypass",
    Outcome.LAST_GOOD: "hit",
}


def has_session(request: HttpRequest) -> bool:
    """Whether the request carries a session cookie, valid or not."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def has_credentials(request: HttpRequest) -> bool:
    """Whether the request carries a session cookie or a token, valid or not."""
    return has_session(request) or "Authorization" in request.headers


def cache_control(served: Served, *, private: bool) -> str:
    """Return the value of Cache-Control: browsers ask each time, other caches as `Policy` says."""
    if private:
        return PRIVATE
    policy = served.cache.policy
    directives = ["public", "max-age=0", f"s-maxage={policy.edge_seconds}"]
    if policy.edge_stale_while_revalidate_seconds:
        directives.append(f"stale-while-revalidate={policy.edge_stale_while_revalidate_seconds}")
    if policy.edge_stale_if_error_seconds:
        directives.append(f"stale-if-error={policy.edge_stale_if_error_seconds}")
    return ", ".join(directives)


def cache_status(served: Served) -> str:
    """Return the value of Cache-Status (RFC 9211): what the cache did for this response."""
    parts = [served.cache.label, _STATUS[served.outcome]]
    if served.stored:
        parts.append("stored")
    if served.outcome is not Outcome.BYPASS:
        parts.append(f"ttl={int(served.ttl_seconds)}")
        parts.append(f"generation={served.page.generation}")
    if detail := _detail(served):
        parts.append(f'detail="{detail}"')
    return "; ".join(parts)


def per_response_headers(served: Served) -> list[tuple[str, str]]:
    """Return the headers that differ in each response: Cache-Status, and Age of a page that was
    kept."""
    headers = [("Cache-Status", cache_status(served))]
    if served.outcome not in {Outcome.MISS, Outcome.BYPASS}:
        headers.append(("Age", str(int(served.age_seconds))))
    return headers


def _detail(served: Served) -> str:
    if served.reason:
        return served.reason
    if served.outcome is Outcome.LAST_GOOD:
        return "database down"
    if served.outcome is Outcome.STALE_HIT:
        return "being renewed"
    return "" if served.shared else "memory"
