"""The pages people read. Signed out, everybody gets the same bytes; signed in, one's own page."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest
from django.db import router
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from feed import headers, pages, queries
from feed.cursors import Cursor, InvalidCursor
from feed.policy import DATABASE_FAILURES, Outcome, Served
from posts.forms import CommentForm, PostForm
from posts.models import Comment, Post, User
from posts.serializers import CommentJSON, PostJSON, comment_json, post_json

COMMENTS_PER_PAGE = 50


class ShownComment(CommentJSON):
    editable: bool


class ShownViewer(TypedDict):
    """What the templates know of the viewer: ids of posts they like, and may edit."""

    liked: frozenset[str]
    editable: frozenset[str]


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The global feed, or with `?cursor=` its older posts."""
    after = _cursor(request)
    user = _user(request)
    served = pages.get_feed_page(after=after, confirm=user is not None)
    context: dict[str, Any] = {"older": after is not None}
    if user is not None and after is None:
        context["form"] = PostForm()
    return _render_page(request, "feed/feed.html", served, user, context)


@require_safe
def author(request: HttpRequest, username: str) -> HttpResponse:
    """One author's posts."""
    after = _cursor(request)
    user = _user(request)
    try:
        served = pages.get_author_page(username, after=after, confirm=user is not None)
    except User.DoesNotExist as error:
        raise Http404 from error
    context = {"older": after is not None, "author": served.page.data["author"]}
    return _render_page(request, "feed/author.html", served, user, context)


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post with its comments, as the database has them now."""
    user = _user(request)
    posts = Post.objects.using(router.db_for_write(Post)).visible().with_counts()
    shown = post_json(get_object_or_404(posts.select_related("author"), pk=pk))
    comments, more = _comments(pk, after=_cursor(request), user=user)
    context = {
        "post": shown,
        "comments": comments,
        "more_comments": more,
        "viewer": _viewer(user, [shown]),
        "comment_form": CommentForm() if user else None,
    }
    response = render(request, "feed/post.html", context)
    response["Cache-Control"] = (
        "private, no-cache" if headers.has_credentials(request) else "no-cache"
    )
    return response


def _render_page(
    request: HttpRequest,
    template: str,
    served: Served,
    user: User | None,
    context: dict[str, Any],
) -> HttpResponse:
    page = served.page.data
    context |= {"page": page, "viewer": _viewer(user, page["posts"]), "notice": _notice(served)}
    response = render(request, template, context)
    # Not only for the signed-in: to a session that has ended, the answer may take its cookie away.
    headers.describe(response, served, private=headers.has_credentials(request))
    return response


def _user(request: HttpRequest) -> User | None:
    """Who is signed in. With the database away nobody can be; the page is still worth reading."""
    try:
        return request.user if request.user.is_authenticated else None
    except DATABASE_FAILURES:
        request.user = AnonymousUser()
        return None


def _viewer(user: User | None, posts: Sequence[PostJSON]) -> ShownViewer | None:
    if user is None:
        return None
    try:
        viewer = queries.viewer_posts(user, [int(shown["id"]) for shown in posts])
    except DATABASE_FAILURES:
        return {"liked": frozenset(), "editable": frozenset()}
    return {"liked": viewer.liked, "editable": viewer.editable}


def _cursor(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("cursor")
    try:
        return Cursor.decode(text) if text else None
    except InvalidCursor as error:
        raise BadRequest("This link to older posts is broken.") from error


def _comments(
    pk: int, *, after: Cursor | None, user: User | None
) -> tuple[list[ShownComment], str | None]:
    """A post's comments after that place, oldest first, and the cursor of those that follow."""
    comments = Comment.objects.filter(post=pk).visible().order_by("created_at", "id")
    if after is not None:
        passed = Q(created_at=after.created_at, id__lte=after.id)
        comments = comments.filter(~passed, created_at__gte=after.created_at)
    found = list(comments.select_related("author")[: COMMENTS_PER_PAGE + 1])
    shown, more = found[:COMMENTS_PER_PAGE], len(found) > COMMENTS_PER_PAGE
    staff = user is not None and user.is_staff
    return (
        [
            {**comment_json(comment), "editable": staff or comment.author == user}
            for comment in shown
        ],
        Cursor(shown[-1].created_at, shown[-1].pk).encode() if more else None,
    )


def _notice(served: Served) -> str | None:
    if served.outcome is not Outcome.ERROR:
        return None
    return (
        "The database can\u2019t be reached just now. This page is "
        f"{int(served.age_seconds)} seconds old, and nothing can be written until it is back."
    )
