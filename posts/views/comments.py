"""Pages that write, edit and delete comments and replies."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from freshcache.errors import DATABASE_FAILURES
from posts import audit, powers, versions
from posts.current_user import current_user
from posts.errors import VersionConflictError
from posts.forms import CommentForm
from posts.models import Comment, Post
from posts.views.submissions import (
    database_refusal,
    form_methods,
    login_required_private,
    newer_version,
    refusal,
    write_once,
)

EDIT_TEMPLATE = "posts/comment_edit.html"


@form_methods
@login_required_private
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Comment on a post. `reply_to`, in the form or the URL, is the id of a comment to answer."""
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    context: dict[str, Any] = {"post": post}
    if request.method != "POST":
        if answering := request.GET.get("reply_to"):
            context["reply_to"] = Comment.objects.answerable(post.pk, answering)
            if context["reply_to"] is None:
                raise Http404
        form = CommentForm(post=post, initial={"reply_to": answering})
        return render(request, "posts/comment.html", {**context, "form": form})
    form = CommentForm(request.POST, post=post)
    form.full_clean()
    context["reply_to"] = form.cleaned_data.get("reply_to")
    author = current_user(request)

    def write() -> Comment:
        texts = {name: form.cleaned_data[name] for name in ("content", "reply_to")}
        return Comment.objects.create(post=post, author=author, **texts)

    written = write_once(
        request,
        form,
        "posts/comment.html",
        context,
        kind=f"comment on {pk}",
        rows=Comment.objects.all(),
        write=write,
    )
    if isinstance(written, HttpResponse):
        return written
    messages.success(request, _("Your comment is up."))
    return redirect(Comment(pk=written, post=post))


@form_methods
@login_required_private
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the text of a comment: only its author may."""
    comments = Comment.objects.on_visible_posts()
    comment = get_object_or_404(comments.select_related("author", "post"), pk=pk)
    if comment.author_id != current_user(request).pk:
        raise PermissionDenied
    context = {"comment": comment}
    if request.method != "POST":
        form = CommentForm(comment=comment)
        return render(request, EDIT_TEMPLATE, {**context, "form": form})
    form = CommentForm(request.POST, comment=comment)
    if refused := refusal(request, form, EDIT_TEMPLATE, context):
        return refused
    try:
        _save(form, pk)
    except VersionConflictError as conflict:
        return newer_version(request, form, EDIT_TEMPLATE, context, newer=conflict.row)
    except DATABASE_FAILURES as error:
        return database_refusal(request, form, EDIT_TEMPLATE, context, error=error)
    messages.success(request, _("Your changes are saved."))
    return redirect(comment)


@transaction.atomic
def _save(form: CommentForm, pk: int) -> None:
    # Locked until it is saved, so that no other request changes or deletes it meanwhile.
    locked = get_object_or_404(Comment.objects.select_for_update(), pk=pk)
    content, began_from = form.cleaned_data["content"], form.cleaned_data["version"]
    known = {began_from} if began_from else versions.ANY
    versions.check(locked, known, {"content": content})
    locked.edit(content)


@form_methods
@login_required_private
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    comments = Comment.objects.on_visible_posts()
    comment = get_object_or_404(comments.select_related("author", "post"), pk=pk)
    user = current_user(request)
    if not powers.may_touch(user, comment, powers.DELETE_COMMENT):
        raise PermissionDenied
    context = {"comment": comment}
    if request.method != "POST":
        return render(request, "posts/comment_delete.html", context)
    if refused := refusal(request, Form(request.POST), "posts/comment_delete.html", context):
        return refused
    audit.delete_and_log(comment, by=user)
    messages.success(request, _("The comment is deleted."))
    return redirect(f"{comment.post.get_absolute_url()}#comments")
