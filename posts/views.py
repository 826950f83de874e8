"""The forms by which signed-in people write: every one works without a script.

A refused form comes back as a page of its own with everything that was typed: 422 when something
is wrong with it, 429 when it came too soon after too many others.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from posts.forms import CommentForm, LikeForm, PostForm
from posts.models import Comment, Like, Post, User
from posts.throttles import WriteThrottle

View = Callable[..., HttpResponse]
form_methods = require_http_methods(["GET", "HEAD", "POST"])

TOO_MANY_MESSAGE = (
    "That was a lot in a short time. Nothing is lost: wait {seconds} seconds, then send it again."
)


def for_the_signed_in(view: View) -> View:
    """Send anybody else to sign in first; keep the answer out of shared caches either way."""
    return cache_control(private=True, no_cache=True)(login_required(view))


@form_methods
@for_the_signed_in
def post_create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "posts/create.html", {"form": PostForm()})
    form = PostForm(request.POST)
    if refusal := _refusal(request, form, "posts/create.html"):
        return refusal
    form.instance.author = _user(request)
    form.save()
    messages.success(request, "Your post is up.")
    return redirect("feed")


@form_methods
@for_the_signed_in
def post_edit(request: HttpRequest, pk: int) -> HttpResponse:
    post = _editable_post(request, pk)
    context = {"post": post}
    if request.method != "POST":
        return render(request, "posts/edit.html", {**context, "form": PostForm(instance=post)})
    form = PostForm(request.POST, instance=post)
    if refusal := _refusal(request, form, "posts/edit.html", context):
        return refusal
    # Not save(): were the post deleted meanwhile, that would bring it back.
    if form.has_changed() and not Post.objects.filter(pk=pk).update(**form.cleaned_data):
        raise Http404
    messages.success(request, "Your changes are saved.")
    return redirect(post)


@form_methods
@for_the_signed_in
def post_delete(request: HttpRequest, pk: int) -> HttpResponse:
    post = _editable_post(request, pk)
    context = {"post": post}
    if request.method != "POST":
        return render(request, "posts/delete.html", context)
    if refusal := _refusal(request, Form(request.POST), "posts/delete.html", context):
        return refusal
    post.delete()
    messages.success(request, "The post is deleted.")
    return redirect("feed")


@form_methods
@for_the_signed_in
def post_like(request: HttpRequest, pk: int) -> HttpResponse:
    """Set or unset the viewer's like; asked twice for the same, it changes nothing more."""
    post = get_object_or_404(Post.objects.visible(), pk=pk)
    if request.method != "POST":
        # Where signing in leads when the session ended before the button was pressed.
        return redirect(post)
    form = LikeForm(request.POST)
    context = {"post": post, "next": request.POST.get("next", "")}
    if refusal := _refusal(request, form, "posts/like.html", context):
        return refusal
    if form.cleaned_data["action"] == "unlike":
        Like.objects.filter(post=post, user=_user(request)).delete()
    else:
        with _a_row_still_there():
            Like.objects.get_or_create(post=post, user=_user(request))
    return redirect(_safe_next(request) or post)


@form_methods
@for_the_signed_in
def comment_create(request: HttpRequest, pk: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    context = {"post": post}
    if request.method != "POST":
        return render(request, "posts/comment.html", {**context, "form": CommentForm()})
    form = CommentForm(request.POST)
    if refusal := _refusal(request, form, "posts/comment.html", context):
        return refusal
    form.instance.post, form.instance.author = post, _user(request)
    with _a_row_still_there():
        comment = form.save()
    messages.success(request, "Your comment is up.")
    return redirect(f"{post.get_absolute_url()}#comment-{comment.pk}")


@form_methods
@for_the_signed_in
def comment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    comments = Comment.objects.visible().filter(post__author__is_active=True)
    comment = get_object_or_404(comments.select_related("author", "post"), pk=pk)
    if not Comment.objects.editable_by(_user(request)).filter(pk=pk).exists():
        raise PermissionDenied
    context = {"comment": comment}
    if request.method != "POST":
        return render(request, "posts/comment_delete.html", context)
    if refusal := _refusal(request, Form(request.POST), "posts/comment_delete.html", context):
        return refusal
    comment.delete()
    messages.success(request, "The comment is deleted.")
    return redirect(f"{comment.post.get_absolute_url()}#comments")


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)  # every view here is for the signed in


def _editable_post(request: HttpRequest, pk: int) -> Post:
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    if not Post.objects.editable_by(_user(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return post


def _refusal(
    request: HttpRequest, form: BaseForm, template: str, context: dict[str, Any] | None = None
) -> HttpResponse | None:
    """The page to send instead of writing, with all that was typed; None when nothing is wrong."""
    throttle = WriteThrottle()
    seconds = 0
    if not throttle.allow_request(request, None):
        seconds = max(1, ceil(throttle.wait() or 1))
        form.add_error(None, TOO_MANY_MESSAGE.format(seconds=seconds))
    elif form.is_valid():
        return None
    status = HTTPStatus.TOO_MANY_REQUESTS if seconds else HTTPStatus.UNPROCESSABLE_ENTITY
    page = render(request, template, {**(context or {}), "form": form}, status=status)
    if seconds:
        page.headers["Retry-After"] = str(seconds)
    return page


@contextmanager
def _a_row_still_there() -> Iterator[None]:
    """The post was there a moment ago; if the database says that it no longer is, so do we."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Http404 from error


def _safe_next(request: HttpRequest) -> str | None:
    """Where the form says to go back to, if that is on this site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else None
