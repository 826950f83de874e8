"""The pages on which people write, edit and delete posts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from freshcache.errors import DATABASE_FAILURES
from posts import audit, powers, versions
from posts.current_user import current_user
from posts.errors import ImageRefusedError, VersionConflictError
from posts.forms import PostForm
from posts.links import latest_path
from posts.models import Post, User
from posts.post_images import freed_bytes
from posts.quota import check_quota
from posts.views.submissions import (
    database_refusal,
    form_methods,
    image_refusal,
    login_required_private,
    newer_version,
    refusal,
    write_once,
)


@form_methods
@login_required_private
def create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "posts/create.html", {"form": PostForm()})
    form = PostForm(request.POST, request.FILES)
    author = current_user(request)

    def write() -> Post:
        check_quota(author.pk, form.new_images())
        return Post.objects.create(author=author, **form.values())

    written = write_once(
        request, form, "posts/create.html", kind="post", rows=Post.objects.all(), write=write
    )
    if isinstance(written, HttpResponse):
        return written
    messages.success(request, _("Your post is up."))
    return redirect(latest_path())


@form_methods
@login_required_private
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    post = _within_reach(request, pk, powers.CHANGE_POST)
    context = {"post": post}
    if request.method != "POST":
        return render(request, "posts/edit.html", {**context, "form": PostForm(post=post)})
    form = PostForm(request.POST, request.FILES, post=post)
    if refused := refusal(request, form, "posts/edit.html", context):
        return refused
    try:
        _save(form, pk, by=current_user(request))
    except VersionConflictError as conflict:
        return newer_version(request, form, "posts/edit.html", context, newer=conflict.row)
    except ImageRefusedError as error:
        return image_refusal(
            request, form, "posts/edit.html", context, field="image", refused=error
        )
    except DATABASE_FAILURES as error:
        return database_refusal(request, form, "posts/edit.html", context, error=error)
    messages.success(request, _("Your changes are saved."))
    return redirect(post)


@transaction.atomic
def _save(form: PostForm, pk: int, *, by: User) -> None:
    # Locked until it is saved: saving a deleted post would insert it again, and the file of an
    # image that was replaced meanwhile would stay in the storage.
    locked = get_object_or_404(Post.objects.select_for_update(), pk=pk)
    values, began_from = form.values(locked), form.cleaned_data["version"]
    versions.check(locked, {began_from} if began_from else versions.ANY, values)
    freed = freed_bytes(locked, form.images(locked))
    check_quota(locked.author_id, form.new_images(), replaced_bytes=freed)
    audit.edit_and_log(locked, values, by=by)


@form_methods
@login_required_private
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    post = _within_reach(request, pk, powers.DELETE_POST)
    context = {"post": post}
    if request.method != "POST":
        return render(request, "posts/delete.html", context)
    if refused := refusal(request, Form(request.POST), "posts/delete.html", context):
        return refused
    audit.delete_and_log(post, by=current_user(request))
    messages.success(request, _("The post is deleted."))
    return redirect(latest_path())


def _within_reach(request: HttpRequest, pk: int, permission: str) -> Post:
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    if not powers.may_touch(current_user(request), post, permission):
        raise PermissionDenied
    return post
