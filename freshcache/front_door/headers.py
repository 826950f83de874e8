"""What a cached answer says of itself: how it may be kept, how old it is, what happened to it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from freshcache.policy import Outcome
from freshcache.served import Served

# For readers with credentials: nobody in between may keep it.
PRIVATE = "private, no-cache"

_HAPPENED = {
    Outcome.HIT: "hit",
    Outcome.STALE_HIT: "hit",
    Outcome.MISS: "fwd=miss",
    Outcome.BYPASS: "fwd=bypass",
    Outcome.LAST_GOOD: "hit",
}


def has_credentials(request: HttpRequest) -> bool:
    """Whether the request may be somebody's: it carries a session or a token, right or wrong."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers


# Where a request's environment tells the front door what the view was served, and whether the
# answer is the same whoever asks. Behind the front door, conditions are the front door's to judge.
FRONT_DOOR = "freshcache.front_door"
SERVED = "freshcache.served"
SAME_FOR_ALL = "freshcache.same_for_all"


def describe(
    request: HttpRequest,
    response: HttpResponse,
    served: Served,
    *,
    personal: bool,
    same_for_all: bool = False,
) -> None:
    """Set Cache-Control, Age (RFC 9111), Cache-Status (RFC 9211) and Vary.

    `personal`: the request is, or may be, somebody's. `same_for_all`: the answer is not, even so.
    """
    private = personal or served.outcome is Outcome.LAST_GOOD
    if FRONT_DOOR in request.META and (same_for_all or not personal):
        request.META[SERVED] = served
        request.META[SAME_FOR_ALL] = same_for_all
        # Django's middleware would answer with a 304, and there would be nothing to remember.
        request.META.pop("HTTP_IF_NONE_MATCH", None)
    response["Cache-Control"] = cache_control(served, private=private)
    response["Cache-Status"] = cache_status(served)
    if served.outcome is not Outcome.MISS and served.outcome is not Outcome.BYPASS:
        response["Age"] = str(int(served.age_seconds))
    patch_vary_headers(response, ["Authorization", "Cookie"])


def cache_control(served: Served, *, private: bool) -> str:
    """Readers ask again each time; what edges may do is the policy's to say."""
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
    """What happened, in the words of RFC 9211."""
    parts = [served.cache.label, _HAPPENED[served.outcome]]
    if served.stored:
        parts.append("stored")
    if served.outcome is not Outcome.BYPASS:
        parts.append(f"ttl={int(served.ttl_seconds)}")
        parts.append(f"generation={served.page.generation}")
    if detail := _detail(served):
        parts.append(f'detail="{detail}"')
    return "; ".join(parts)


def _detail(served: Served) -> str:
    if served.reason:
        return served.reason
    if served.outcome is Outcome.LAST_GOOD:
        return "database down"
    if served.outcome is Outcome.STALE_HIT:
        return "being renewed"
    return "" if served.shared else "memory"
