"""The pages people read. Signed out, everybody gets the same bytes; signed in, one's own page."""

import json
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.views.decorators.http import require_safe

from feed import headers, pages, queries
from feed.cursors import Cursor, InvalidCursor
from feed.policy import DATABASE_FAILURES, Outcome, Served
from feed.renderings import Own, Rendering, slot
from feed.viewers import Viewer, Viewers
from posts.forms import CommentForm, PostForm
from posts.models import Post, User

# Fills the places of what pages show their viewer of themselves.
_SLOTS = {name: slot(name) for name in ("hue", "initial", "shown_name", "username", "path")}

viewers = Viewers()


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The global feed, or with `?cursor=` its older posts."""
    after = _cursor(request)
    served = pages.get_feed_page(after=after, confirm=_has_session(request))
    return _answer(
        request, "feed/feed.html", served, older=after is not None, compose=after is None
    )


@require_safe
def author(request: HttpRequest, username: str) -> HttpResponse:
    """One author's posts."""
    after = _cursor(request)
    try:
        served = pages.get_author_page(username, after=after, confirm=_has_session(request))
    except User.DoesNotExist as error:
        raise Http404 from error
    return _answer(request, "feed/author.html", served, older=after is not None)


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post with its comments. Who is signed in may just have commented, and gets the database's
    word; everybody else the cache's, which follows new comments softly."""
    after = _cursor(request)
    try:
        if (user := _user(request)) is None:
            return _answer(request, "feed/post.html", pages.get_post_page(pk, after=after))
        page = json.loads(pages.load_post_page(pk, after))
    except Post.DoesNotExist as error:
        raise Http404 from error
    viewer = Viewer.of(user)
    rendering = _render("feed/post.html", page, slots=True)
    response = HttpResponse(
        rendering.fill(_own(request, viewer, queries.liked_posts(user.pk, [pk])))
    )
    response["Cache-Control"] = headers.cache_control(private=True)
    return response


def _answer(request: HttpRequest, template: str, served: Served, **context: bool) -> HttpResponse:
    """The page, rendered once for each body and once more for who is signed in."""
    viewer = viewers.of(request, served) if _has_session(request) else None
    page, slots = served.page, viewer is not None
    if served.outcome is Outcome.ERROR:
        rendering = _render(template, page.data, slots=slots, notice=_notice(served), **context)
    elif (made := page.renderings.get(slots)) is not None:
        rendering = made
    else:
        rendering = page.renderings[slots] = _render(template, page.data, slots=slots, **context)
    own = Own(values={})
    if viewer is not None:
        ids = [shown["id"] for shown in page.data.get("posts", ())]
        own = _own(request, viewer, viewers.liked(request, served, viewer, ids))
    response = HttpResponse(rendering.fill(own))
    # Not only for the signed-in: to a session that has ended, the answer may take its cookie away.
    headers.describe(request, response, served, personal=headers.has_credentials(request))
    return response


def _render(template: str, page: dict[str, Any], *, slots: bool, **context: Any) -> Rendering:
    """Without the request, for nothing of it may be in what others get to see."""
    context |= page | {"page": page, "slots": slots}
    if slots:
        forms = {"post_form": PostForm(), "comment_form": CommentForm()}
        context |= forms | {"me": _SLOTS, "csrf_token": slot("csrf")}
    return Rendering(render_to_string(template, context))


def _own(request: HttpRequest, viewer: Viewer, liked: frozenset[str]) -> Own:
    values = {name: escape(getattr(viewer, name)) for name in _SLOTS}
    said = get_messages(request)
    return Own(
        values={
            **values,
            "csrf": get_token(request),
            "here": escape(request.get_full_path()),
            "messages": render_to_string("includes/messages.html", {"messages": said})
            if said
            else "",
        },
        liked=liked,
        user_id=viewer.id,
        staff=viewer.is_staff,
    )


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _user(request: HttpRequest) -> User | None:
    """Who is signed in. With the database away nobody can be; the page is still worth reading."""
    try:
        return request.user if _has_session(request) and request.user.is_authenticated else None
    except DATABASE_FAILURES:
        return None


def _cursor(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("cursor")
    try:
        return Cursor.decode(text) if text else None
    except InvalidCursor as error:
        raise BadRequest("This link to older posts is broken.") from error


def _notice(served: Served) -> str | None:
    if served.outcome is not Outcome.ERROR:
        return None
    return (
        "The database can\u2019t be reached just now. This page is "
        f"{int(served.age_seconds)} seconds old, and nothing can be written until it is back."
    )
