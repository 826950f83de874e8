"""The pages people read. Signed out, everybody gets the same bytes; signed in, one's own page."""

import json
from datetime import UTC, date
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import set_response_etag
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from feed import pages, queries
from feed.busy import answer_if_busy
from feed.cache import feed_cache
from feed.comment_threads import threads
from feed.cursors import Cursor, InvalidCursor
from feed.queries import Marks, TookTooLong
from feed.renderings import Rendering, ViewerValues, slot
from feed.search import search_error, tidy
from feed.viewers import Shown, Viewer, Viewers
from freshcache.errors import Busy
from freshcache.front_door import headers
from freshcache.policy import DATABASE_FAILURES, Outcome
from freshcache.served import Served
from posts import limits
from posts.forms import CommentForm, PostForm
from posts.guards import wait_text
from posts.models import Post, User
from posts.text import fold, is_hashtag

# Fills the places of what pages show their viewer of themselves.
_SLOTS = {name: slot(name) for name in Viewer.SLOTS}
BUSY_RETRY_SECONDS = 2

viewers = Viewers(settings.FEED["VIEWER_BYTES"])


@require_safe
@answer_if_busy
def feed(request: HttpRequest) -> HttpResponse:
    """The global feed; with `?cursor=` its older posts, with `?date=` those of a day and before."""
    if (day := request.GET.get("date")) is not None:
        return redirect(_up_to(day))
    after = _cursor(request, of_feed=True)
    served = pages.get_feed_page(after=after, confirm=_has_session(request))
    return _answer(
        request, "feed/feed.html", served, older=after is not None, compose=after is None
    )


@require_safe
@answer_if_busy
def author(request: HttpRequest, username: str) -> HttpResponse:
    """One author's posts. Where nobody is called so, perhaps somebody is in small letters, as
    accounts are made: a mention may begin with a capital."""
    after = _cursor(request)
    try:
        served = pages.get_author_page(username, after=after, confirm=_has_session(request))
    except User.DoesNotExist as error:
        if username != username.lower():
            return redirect("author", username.lower())
        raise Http404 from error
    return _answer(request, "feed/author.html", served, older=after is not None)


@require_safe
def author_by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for names that no path can hold; others have one address alone."""
    try:
        found = queries.active_author_by_id(pk)
    except User.DoesNotExist as error:
        raise Http404 from error
    if request.path != found.get_absolute_url():
        return redirect(found)
    return author(request, username=found.username)


@require_safe
def tag(request: HttpRequest, tag: str) -> HttpResponse:
    """The posts with a hashtag, at one address however it is written."""
    if not is_hashtag(tag):
        raise Http404
    if tag != fold(tag):
        return redirect("tag", fold(tag))
    if (after := _cursor(request)) is None:
        limits.check("uncached_reads", request=request)
    try:
        served = pages.get_tag_page(tag, after=after, confirm=_has_session(request))
    except (Busy, TookTooLong):
        return _not_now(request, "feed/tag.html", {"posts": [], "next": None, "tag": tag})
    return _answer(request, "feed/tag.html", served, older=after is not None)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The posts with all of some words; or the form, and why there is nothing to look for."""
    after, query = _cursor(request), tidy(request.GET.get("q", ""))
    nothing: dict[str, Any] = {"posts": [], "next": None, "q": query}
    if not query or (hint := search_error(query)):
        response = _alone(request, "feed/search.html", nothing, hint=hint if query else "")
    elif seconds := limits.take([limits.use("searches", request=request)]):
        response = _not_now(request, "feed/search.html", nothing, too_many_seconds=seconds)
    else:
        try:
            served = pages.get_search_page(query, after=after, confirm=_has_session(request))
        except (Busy, TookTooLong):
            response = _not_now(request, "feed/search.html", nothing)
        else:
            older = after is not None
            response = _answer(request, "feed/search.html", served, older=older, searched=True)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@answer_if_busy
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post with its comments. Who is signed in may just have commented, and gets the database's
    word; everybody else the cache's, which follows new comments softly."""
    after = _cursor(request)
    try:
        if (user := _user(request)) is None:
            served = pages.get_post_page(pk, after=after)
            return _answer(request, "feed/post.html", served, public=True)
        page = json.loads(pages.load_post_page(pk, after))
    except Post.DoesNotExist as error:
        raise Http404 from error
    shown = Shown.on(page)
    marks = queries.viewer_marks(user.pk, posts=shown.posts, authors=shown.authors)
    return _alone(request, "feed/post.html", page, marks)


def _answer(
    request: HttpRequest, template: str, served: Served, *, public: bool = False, **context: bool
) -> HttpResponse:
    """The page, rendered once for each body and once more for who is signed in, unless `public`."""
    viewer = None if public or not _has_session(request) else viewers.of(request, served)
    page, slots = served.page, viewer is not None
    rendering: Rendering | None = None
    if served.outcome is Outcome.LAST_GOOD:
        rendering = _render(template, page.data, slots=slots, notice=_notice(served), **context)
    elif (rendering := page.made.get(slots)) is None:
        context["shared"] = served.room.shared
        rendering = _render(template, page.data, slots=slots, **context)
        feed_cache().keep(served, slots, rendering)
    marks = Marks() if viewer is None else viewers.marks(request, served, viewer)
    own = _own(request, viewer, marks)
    response = HttpResponse(rendering.fill(own))
    if viewer is not None:
        response["ETag"] = rendering.etag(own, masked="csrf", canonical=request.META["CSRF_COOKIE"])
    else:  # as the middleware does, but for GET alone
        set_response_etag(response)
    # Not only for the signed-in: to a session that has ended, the answer may take its cookie away.
    headers.describe(request, response, served, personal=headers.has_credentials(request))
    return response


def _alone(
    request: HttpRequest,
    template: str,
    page: dict[str, Any],
    marks: Marks | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    """A page that comes from no cache and goes into none."""
    user = _user(request)
    viewer = Viewer.of(user, viewers.powers(user)) if user else None
    rendering = _render(template, page, slots=viewer is not None, **context)
    own = _own(request, viewer, marks or Marks())
    response = HttpResponse(rendering.fill(own), status=status)
    response["Cache-Control"] = headers.PRIVATE
    return response


def _not_now(
    request: HttpRequest, template: str, page: dict[str, Any], *, too_many_seconds: int = 0
) -> HttpResponse:
    """It was too much for the database, or others are at it already, or this address is."""
    hint = _("This can\u2019t be looked for just now. Try again in a moment, or with other words.")
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if too_many_seconds:
        hint, status = wait_text(too_many_seconds), HTTPStatus.TOO_MANY_REQUESTS
    response = _alone(request, template, page, status=status, hint=hint)
    response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(too_many_seconds or BUSY_RETRY_SECONDS)
    return response


def _render(template: str, page: dict[str, Any], *, slots: bool, **context: Any) -> Rendering:
    """Without the request, for nothing of it may be in what others get to see."""
    context |= page | {"page": page, "slots": slots, "origin": slot("origin")}
    if "comments" in page:
        context["threads"] = threads(page["comments"], page["parents"])
    if slots:
        forms = {"post_form": PostForm(), "comment_form": CommentForm()}
        context |= forms | {"me": _SLOTS, "csrf_token": slot("csrf")}
    return Rendering(render_to_string(template, context))


def _own(request: HttpRequest, viewer: Viewer | None, marks: Marks) -> ViewerValues:
    # Everybody who asks by this address gets the same: caches, the front door's too, keep hosts
    # and schemes apart.
    values = {"origin": escape(f"{request.scheme}://{request.get_host()}")}
    if viewer is None:
        return ViewerValues(values=values)
    said = get_messages(request)
    return ViewerValues(
        values={
            **values,
            **viewer.values,
            "csrf": get_token(request),
            "here": escape(request.get_full_path()),
            "messages": render_to_string("includes/messages.html", {"messages": said})
            if said
            else "",
        },
        liked=marks.liked,
        muted=marks.muted,
        user_id=viewer.id,
        staff=viewer.is_staff,
        powers=viewer.powers,
    )


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _user(request: HttpRequest) -> User | None:
    """Who is signed in. With the database away nobody can be; the page is still worth reading."""
    try:
        return request.user if _has_session(request) and request.user.is_authenticated else None
    except DATABASE_FAILURES:
        return None


def _cursor(request: HttpRequest, *, of_feed: bool = False) -> Cursor | None:
    """The place that the address names. Raise `TooMany` for an address that asks for too many:
    there are more of them than are kept, so each may cost a load."""
    text = request.GET.get("cursor")
    try:
        after = Cursor.decode(text) if text else None
    except InvalidCursor as error:
        raise BadRequest("This link to older posts is broken.") from error
    if after is not None and not (of_feed and pages.is_near(after, pages.DEFAULT_LIMIT)):
        limits.check("uncached_reads", request=request)
    return after


def _up_to(day: str) -> str:
    """Where the posts of this day and before begin."""
    try:
        last = date.fromisoformat(day) if day else date.max
    except ValueError as error:
        raise BadRequest("This is no date.") from error
    if last >= timezone.now().astimezone(UTC).date():
        return reverse("feed")
    return f"{reverse('feed')}?cursor={Cursor.after_day(last).encode()}"


def _notice(served: Served) -> str | None:
    if served.outcome is not Outcome.LAST_GOOD:
        return None
    age_seconds = int(served.age_seconds)
    return ngettext(
        "The database can\u2019t be reached just now. This page is %(age)d second old, and nothing"
        " can be written until it is back.",
        "The database can\u2019t be reached just now. This page is %(age)d seconds old, and nothing"
        " can be written until it is back.",
        age_seconds,
    ) % {"age": age_seconds}
