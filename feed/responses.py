"""Responses with a page of the feed: cached, uncached, or an apology."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feed.cache import feed_cache
from feed.page_templates import compiled_page, render_page
from feed.renderings import Rendering, ViewerValues
from feed.shown import SHOWN_PAGE, ShownPage
from feed.viewer import Viewer
from feed.viewer_queries import Marks
from feed.viewers import known_viewers
from freshcache.errors import DATABASE_FAILURES
from freshcache.front_door import headers
from freshcache.front_door.cached_response import Content, cached_response
from freshcache.policy import Outcome
from freshcache.served import Served
from posts.guards import wait_text
from posts.models import User

BUSY_RETRY_SECONDS = 2


def cached_page(
    request: HttpRequest,
    template: str,
    served: Served,
    *,
    exact_counts: bool = False,
    read: Callable[[], Served] | None = None,
    **context: bool,
) -> HttpResponse:
    """Respond with a page from the cache.

    Each body is rendered twice at most: without slots for signed-out readers, and with slots for
    viewers. `exact_counts`: the view serves signed-in viewers from the cache only pages that
    `has_current_counts`. `read` reads the page again for later signed-out readers.
    """
    viewer = known_viewers().of(request, served) if headers.has_session(request) else None
    # By the request and not by `viewer`: a response may delete the cookie of a session that ended.
    personal = headers.has_credentials(request)
    if viewer is None:
        origin = site_origin(request)
        content = _public_content(template, origin, context, served)
        renew = partial(_renew, read, template, origin, context) if read else None
        return cached_response(
            request, content.body, served, personal=personal, etag=content.etag, renew=renew
        )
    rendering = _rendering(template, served, context, slots=True)
    values = _viewer_values(request, viewer, known_viewers().marks(request, served, viewer))
    etag = rendering.etag(values, masked="csrf", canonical=request.META["CSRF_COOKIE"])
    _note_shown(request, served, exact_counts=exact_counts)
    return cached_response(request, rendering.fill(values), served, personal=personal, etag=etag)


def _renew(
    read: Callable[[], Served], template: str, origin: str, context: dict[str, bool]
) -> Content:
    return _public_content(template, origin, context, read())


def _public_content(
    template: str, origin: str, context: dict[str, bool], served: Served
) -> Content:
    rendering = _rendering(template, served, context, slots=False)
    values = ViewerValues(values={"origin": origin})
    return Content(rendering.fill(values), served, rendering.etag(values))


def _rendering(
    template: str, served: Served, context: dict[str, bool], *, slots: bool
) -> Rendering:
    """Return the rendering that is kept with the page. One with a notice is not kept."""
    page = served.page
    if served.outcome is Outcome.LAST_GOOD:
        notice = _outage_notice(served)
        return Rendering(render_page(template, page.data, slots=slots, notice=notice, **context))
    rendering: Rendering | None = page.made.get(slots)
    if rendering is None:
        options = {**context, "shared": served.room.shared}
        rendering = Rendering(compiled_page(template, page.data, slots=slots, **options))
        feed_cache().keep(served, slots, rendering)
    return rendering


def uncached_page(
    request: HttpRequest,
    template: str,
    page: dict[str, Any],
    marks: Marks | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    """Respond with a page that is not from the cache and not stored in it."""
    user = signed_in_user(request)
    viewer = Viewer.of(user, known_viewers().powers(user)) if user else None
    rendering = Rendering(render_page(template, page, slots=viewer is not None, **context))
    values = _viewer_values(request, viewer, marks or Marks())
    response = HttpResponse(rendering.fill(values), status=status)
    response["Cache-Control"] = headers.PRIVATE
    return response


def try_later_page(
    request: HttpRequest, template: str, page: dict[str, Any], *, too_many_seconds: int = 0
) -> HttpResponse:
    """Respond that a search is not possible now, with the page around it.

    The status is 503 if the database needs too long or too many searches run; it is 429 if this
    address has searched too often and must wait for `too_many_seconds`.
    """
    hint = _("This can\u2019t be looked for just now. Try again in a moment, or with other words.")
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if too_many_seconds:
        hint, status = wait_text(too_many_seconds), HTTPStatus.TOO_MANY_REQUESTS
    response = uncached_page(request, template, page, status=status, hint=hint)
    response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(too_many_seconds or BUSY_RETRY_SECONDS)
    return response


def has_current_counts(served: Served) -> bool:
    """Whether no like and no comment of any worker is missing, or the database can't tell."""
    if served.outcome in {Outcome.BYPASS, Outcome.LAST_GOOD}:
        return True
    sees_all = served.shared or served.cache.policy.single_process
    return sees_all and served.page.counts_version == served.counts_version


def signed_in_user(request: HttpRequest) -> User | None:
    """Return the signed-in user; None if there is none or the database does not answer."""
    if not headers.has_session(request):
        return None
    try:
        return request.user if request.user.is_authenticated else None
    except DATABASE_FAILURES:
        return None


def _viewer_values(request: HttpRequest, viewer: Viewer | None, marks: Marks) -> ViewerValues:
    values: dict[str, str] = {"origin": site_origin(request)}
    if viewer is None:
        return ViewerValues(values=values)
    values |= {"here": escape(request.get_full_path()), "csrf": get_token(request)}
    if messages := get_messages(request):
        values["messages"] = render_to_string("includes/messages.html", {"messages": messages})
    return viewer_values(viewer, marks, values)


def viewer_values(viewer: Viewer, marks: Marks, values: dict[str, str]) -> ViewerValues:
    """Return what a signed-in viewer sees; `values` are those of the slots of this response."""
    return ViewerValues(
        values={**viewer.values, "messages": "", **values},
        liked=marks.liked,
        liked_comments=marks.liked_comments,
        muted=marks.muted,
        user_id=viewer.id,
        staff=viewer.is_staff,
        powers=viewer.powers,
    )


def _note_shown(request: HttpRequest, served: Served, *, exact_counts: bool) -> None:
    """Note the page for `feed.signed_in_door`, if that may show it to other viewers."""
    if served.outcome is Outcome.HIT and served.room.shared:
        ttl_seconds = round(served.age_seconds + served.ttl_seconds, 3)
        values: dict[str, str] = {
            "origin": site_origin(request),
            "here": escape(request.get_full_path()),
        }
        request.META[SHOWN_PAGE] = ShownPage(
            served.name, served.room, ttl_seconds, values, exact_counts
        )


def site_origin(request: HttpRequest) -> str:
    """Return the address of the site, the same for all readers of a stored response."""
    return str(escape(f"{request.scheme}://{request.get_host()}"))


def _outage_notice(served: Served) -> str:
    """Return the notice on a page that is served because the database does not answer."""
    age_seconds = int(served.age_seconds)
    return ngettext(
        "The database can\u2019t be reached just now. This page is %(age)d second old, and nothing"
        " can be written until it is back.",
        "The database can\u2019t be reached just now. This page is %(age)d seconds old, and nothing"
        " can be written until it is back.",
        age_seconds,
    ) % {"age": age_seconds}
