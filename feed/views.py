"""Views of the pages of the feed."""

import json
from datetime import date, timedelta, tzinfo
from datetime import timezone as time_zone
from functools import partial
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from feed import authors, pages, queries
from feed.authors import View
from feed.busy import answer_if_busy
from feed.cursors import Cursor
from feed.errors import QueryTooSlowError
from feed.pages import ExplorePart
from feed.responses import (
    cached_page,
    has_current_counts,
    signed_in_user,
    try_later_page,
    uncached_page,
)
from feed.search import search_error, tidy
from feed.shown import Shown
from feed.trends import recent_trends
from feed.viewer_queries import viewer_marks
from freshcache.errors import Busy
from freshcache.front_door.headers import has_session
from freshcache.served import Served
from posts import limits, preferences
from posts.cursors import InvalidCursor
from posts.models import Post, User
from posts.text import fold, is_hashtag

# What follows the path of an author's page.
_VIEW_PATHS: dict[View, str] = {"posts": "", "comments": "comments/", "images": "images/"}


@require_safe
@answer_if_busy
def feed(request: HttpRequest) -> HttpResponse:
    """The global feed: the newest posts, or older posts with `?cursor=`.

    Two addresses lead to such a page: `?date=` to the posts of this day and before, with `&offset=`
    (minutes to the east of UTC) or in the reader's time zone, and `?newer=` to the posts above a
    cursor.
    """
    if (day := request.GET.get("date")) is not None:
        return redirect(_url_of_day(day, _zone(request)))
    if below := request.GET.get("newer"):
        return redirect(_url_of_newer(request, below))
    after = requested_cursor(request, of_feed=True)
    read = partial(pages.get_feed_page, after=after)
    served = read(confirm=has_session(request))
    older = after is not None
    return cached_page(request, "feed/feed.html", served, read=read, older=older, compose=not older)


@require_safe
@answer_if_busy
def author(request: HttpRequest, username: str, view: View = "posts") -> HttpResponse:
    """What one author has written: posts, posts with an image, or comments.

    Usernames are made in lower case, but a mention may begin with a capital: an unknown name is
    redirected to its lower-case form.
    """
    after = requested_cursor(request)
    read = partial(pages.get_author_page, username, view, after=after)
    try:
        served = read(confirm=has_session(request))
    except User.DoesNotExist as error:
        if username != username.lower():
            return redirect(f"{reverse('author', args=[username.lower()])}{_VIEW_PATHS[view]}")
        raise Http404 from error
    return cached_page(
        request,
        "feed/author.html",
        served,
        read=read,
        older=after is not None,
        view_comments=view == "comments",
        view_images=view == "images",
    )


@require_safe
def author_by_id(request: HttpRequest, pk: int, view: View = "posts") -> HttpResponse:
    """The same of an author whose username cannot be part of a path.

    For all other authors it redirects to the page with the username.
    """
    try:
        user = authors.active_author_by_id(pk)
    except User.DoesNotExist as error:
        raise Http404 from error
    path = f"{user.get_absolute_url()}{_VIEW_PATHS[view]}"
    if request.path != path:
        return redirect(path)
    return author(request, username=user.username, view=view)


@require_safe
def tag(request: HttpRequest, tag: str) -> HttpResponse:
    """The posts with a hashtag. Other spellings redirect to the folded one."""
    if not is_hashtag(tag):
        raise Http404
    if tag != fold(tag):
        return redirect("tag", fold(tag))
    if (after := requested_cursor(request)) is None:
        limits.check("uncached_reads", request=request)
    try:
        served = pages.get_tag_page(tag, after=after, confirm=has_session(request))
    except (Busy, QueryTooSlowError):
        empty: dict[str, Any] = {"posts": [], "next": None, "tag": tag}
        return try_later_page(request, "feed/tag.html", empty)
    return cached_page(request, "feed/tag.html", served, older=after is not None)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The posts with all words of `?q=`; without words, the form and a hint.

    A hashtag alone redirects to its page.
    """
    after, query = requested_cursor(request), tidy(request.GET.get("q", ""))
    if query.startswith("#") and is_hashtag(query[1:]):
        return redirect("tag", fold(query[1:]))
    template = "feed/search.html"
    empty: dict[str, Any] = {"posts": [], "next": None, "q": query}
    if not query or (hint := search_error(query)):
        response = uncached_page(request, template, empty, hint=hint if query else "")
    elif seconds := limits.take([limits.use("searches", request=request)]):
        response = try_later_page(request, template, empty, too_many_seconds=seconds)
    else:
        try:
            served = pages.get_search_page(query, after=after, confirm=has_session(request))
        except (Busy, QueryTooSlowError):
            response = try_later_page(request, template, empty)
        else:
            older = after is not None
            response = cached_page(request, template, served, older=older, searched=True)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@answer_if_busy
def explore(request: HttpRequest, part: ExplorePart = "page") -> HttpResponse:
    """Hashtags and people of the week: the page, or its part beside other pages.

    That part is requested by a script of wide screens alone. Inside the pages it would make each
    of them depend on it.
    """

    def read(*, confirm: bool = False) -> Served:
        return pages.get_explore_page(recent_trends().current(), part, confirm=confirm)

    template = "feed/explore.html" if part == "page" else "feed/rail.html"
    response = cached_page(request, template, read(confirm=has_session(request)), read=read)
    if part == "rail":
        response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@answer_if_busy
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post with its comments.

    A signed-in reader may just have commented, so a page from the cache is for them only if no
    count has changed since. Others may see a new comment 1.5 s later.
    """
    after = requested_cursor(request)
    try:
        read = partial(pages.get_post_page, pk, after=after)
        served = read(confirm=has_session(request))
        user = None if has_current_counts(served) else signed_in_user(request)
        if user is None:
            return cached_page(request, "feed/post.html", served, exact_counts=True, read=read)
        page = json.loads(pages.load_post_page(pk, after))
    except Post.DoesNotExist as error:
        raise Http404 from error
    shown = Shown.on(page)
    marks = viewer_marks(user.pk, posts=shown.posts, authors=shown.authors, comments=shown.comments)
    return uncached_page(request, "feed/post.html", page, marks)


@require_safe
@answer_if_busy
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """What a post said before each edit. Search engines must not find what was taken out."""
    limits.check("uncached_reads", request=request)
    try:
        served = pages.get_history_page(pk, confirm=has_session(request))
    except Post.DoesNotExist as error:
        raise Http404 from error
    response = cached_page(request, "feed/history.html", served)
    response["X-Robots-Tag"] = "noindex"
    return response


def requested_cursor(request: HttpRequest, *, of_feed: bool = False) -> Cursor | None:
    """Return the cursor in the query string, if there is one.

    Pages after a cursor are not kept unless they are near the newest post, so each may cost a load.
    Such reads are limited for each address.

    Raises:
        BadRequest: The cursor is not one of this site.
        LimitExceededError: The address has read too many such pages.
    """
    text = request.GET.get("cursor")
    try:
        after = Cursor.decode(text) if text else None
    except InvalidCursor as error:
        raise BadRequest("This link to older posts is broken.") from error
    if after is not None and not (of_feed and pages.is_near(after, pages.DEFAULT_LIMIT)):
        limits.check("uncached_reads", request=request)
    return after


def _zone(request: HttpRequest) -> tzinfo:
    """Return the time zone of the chosen day: as a script says, else that of the preferences."""
    offset = request.GET.get("offset")
    if offset is None:
        return preferences.of_device(request).time_zone
    try:
        return time_zone(timedelta(minutes=int(offset)))
    except (OverflowError, ValueError) as error:
        raise BadRequest("This is no date.") from error


def _url_of_day(day: str, zone: tzinfo) -> str:
    """Return the address of the page that begins with the last post of this day (ISO 8601)."""
    try:
        last = date.fromisoformat(day) if day else date.max
    except ValueError as error:
        raise BadRequest("This is no date.") from error
    if last >= timezone.now().astimezone(zone).date():
        return reverse("feed")
    return _url_after(Cursor.after_day(last, zone))


def _url_of_newer(request: HttpRequest, below: str) -> str:
    """Return the address of the page with the posts just above this cursor."""
    try:
        cursor = Cursor.decode(below)
    except InvalidCursor as error:
        raise BadRequest("This link to newer posts is broken.") from error
    limits.check("uncached_reads", request=request)
    return _url_after(queries.cursor_of_newer_posts(cursor, limit=pages.DEFAULT_LIMIT))


def _url_after(cursor: Cursor | None) -> str:
    return f"{reverse('feed')}?cursor={cursor.encode()}" if cursor else reverse("feed")
