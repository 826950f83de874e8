"""Views of the feeds for feed readers, made of the same cached pages as HTML and JSON.

A change of a post, its deletion too, ends them as it ends the pages. The bodies are the same for
everybody, so no session is looked up.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feed import atom, authors, json_feed, pages
from feed.busy import answer_if_busy
from feed.cache import feed_cache
from feed.entries import ORIGIN, WebFeed, web_feed
from feed.errors import QueryTooSlowError
from feed.renderings import Rendering, ViewerValues, slot
from feed.responses import BUSY_RETRY_SECONDS, site_origin
from feed.views import requested_cursor
from freshcache.errors import Busy
from freshcache.front_door import headers
from freshcache.front_door.cached_response import Content, cached_response
from freshcache.served import Served
from posts import limits
from posts.links import author_path
from posts.models import Post, User
from posts.text import fold, is_hashtag

# Makes a feed of the parsed page.
Describe = Callable[[dict[str, Any]], WebFeed]


class Format(NamedTuple):
    """A format of feeds. `write` makes a document of a feed."""

    content_type: str
    write: Callable[[WebFeed], str]


ATOM = Format(atom.CONTENT_TYPE, atom.atom)
JSON_FEED = Format(json_feed.CONTENT_TYPE, json_feed.json_feed)


@require_safe
@answer_if_busy
def feed(request: HttpRequest, form: Format) -> HttpResponse:
    """The global feed."""
    after = requested_cursor(request, of_feed=True)
    describe = partial(
        web_feed, title="", path=reverse("feed"), feed_path=request.path, older=after is not None
    )
    return _answer(request, form, partial(pages.get_feed_page, after=after), describe)


@require_safe
@answer_if_busy
def author(request: HttpRequest, username: str) -> HttpResponse:
    """The posts of one author. Other spellings redirect to the name in lower case."""
    after = requested_cursor(request)
    feed_path, older = request.path, after is not None

    def describe(page: dict[str, Any]) -> WebFeed:
        person = page["author"]
        title = f"{person['display_name']} (@{person['username']})"
        path = author_path(person["id"], person["username"])
        return web_feed(page, title=title, path=path, feed_path=feed_path, older=older)

    try:
        return _answer(
            request, ATOM, partial(pages.get_author_page, username, after=after), describe
        )
    except User.DoesNotExist as error:
        if username != username.lower():
            return redirect("author-atom", username.lower())
        raise Http404 from error


@require_safe
def author_by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """The posts of an author whose username cannot be part of a path; redirects for all others."""
    try:
        user = authors.active_author_by_id(pk)
    except User.DoesNotExist as error:
        raise Http404 from error
    if (path := f"{user.get_absolute_url()}feed.atom") != request.path:
        return redirect(path)
    return author(request, username=user.username)


@require_safe
def tag(request: HttpRequest, tag: str) -> HttpResponse:
    """The posts with a hashtag. Other spellings redirect to the folded one."""
    if not is_hashtag(tag):
        raise Http404
    if tag != fold(tag):
        return redirect("tag-atom", fold(tag))
    if (after := requested_cursor(request)) is None:
        limits.check("uncached_reads", request=request)
    describe = partial(
        web_feed,
        title=f"#{tag}",
        path=reverse("tag", args=[tag]),
        feed_path=request.path,
        older=after is not None,
    )
    try:
        return _answer(request, ATOM, partial(pages.get_tag_page, tag, after=after), describe)
    except (Busy, QueryTooSlowError):
        response = HttpResponse(status=503, content_type="text/plain")
        response["Retry-After"] = str(BUSY_RETRY_SECONDS)
        response["Cache-Control"] = "no-store"
        return response


@require_safe
@answer_if_busy
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    """The comments on a post, newest first."""
    after = requested_cursor(request)
    feed_path, older = request.path, after is not None

    def describe(page: dict[str, Any]) -> WebFeed:
        name = page["post"]["user"]["display_name"]
        title = _("Comments on the post by %(name)s") % {"name": name}
        path = page["post"]["url"]
        return web_feed(page, title=title, path=path, feed_path=feed_path, older=older)

    try:
        return _answer(request, ATOM, partial(pages.get_newest_comments, pk, after=after), describe)
    except Post.DoesNotExist as error:
        raise Http404 from error


def _answer(
    request: HttpRequest, form: Format, read: Callable[..., Served], describe: Describe
) -> HttpResponse:
    personal = headers.has_credentials(request)
    make = partial(_content, form, describe, site_origin(request))
    content = make(read(confirm=personal))
    return cached_response(
        request,
        content.body,
        content.served,
        personal=personal,
        same_for_all=True,
        etag=content.etag,
        content_type=form.content_type,
        renew=partial(_renew, read, make),
    )


def _renew(read: Callable[[], Served], make: Callable[[Served], Content]) -> Content:
    return make(read())


def _content(form: Format, describe: Describe, origin: str, served: Served) -> Content:
    """Return the page as a feed. What does not depend on the site's address is kept with it."""
    key = form.content_type
    rendering: Rendering | None = served.page.made.get(key)
    if rendering is None:
        text = form.write(describe(served.page.data))
        rendering = Rendering(text.replace(ORIGIN, slot("origin")))
        feed_cache().keep(served, key, rendering)
    values = ViewerValues(values={"origin": origin})
    return Content(rendering.fill(values), served, rendering.etag(values))
