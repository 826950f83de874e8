"""The forms that like posts and comments."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from posts.current_user import current_user
from posts.forms import LikeForm
from posts.models import Comment, CommentLike, Like, Post
from posts.views.submissions import (
    form_methods,
    login_required_private,
    not_found_if_deleted,
    refusal,
    safe_next,
)


@form_methods
@login_required_private
def like_post(request: HttpRequest, pk: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible(), pk=pk)
    return _like(request, Like.objects.all(), {"post": post}, back=post.get_absolute_url())


@form_methods
@login_required_private
def like_comment(request: HttpRequest, pk: int) -> HttpResponse:
    comment = get_object_or_404(Comment.objects.on_visible_posts().select_related("post"), pk=pk)
    likes = CommentLike.objects.all()
    return _like(request, likes, {"comment": comment}, back=comment.get_absolute_url())


def _like(
    request: HttpRequest, likes: models.QuerySet[Any], subject: dict[str, Any], *, back: str
) -> HttpResponse:
    """Set or unset the viewer's like. Repeating a request changes nothing."""
    if request.method != "POST":
        # The sign-in page leads here if the session ended before the button was pressed.
        return redirect(back)
    form = LikeForm(request.POST)
    context = {"back": back, "next": request.POST.get("next", "")}
    if refused := refusal(request, form, "posts/like.html", context):
        return refused
    if form.cleaned_data["action"] == "unlike":
        likes.filter(**subject, user=current_user(request)).delete()
    else:
        with not_found_if_deleted():
            likes.get_or_create(**subject, user=current_user(request))
    return redirect(safe_next(request) or back)
