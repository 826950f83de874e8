"""The profile of an account, and its deletion."""

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from posts import audit
from posts.current_user import current_user
from posts.errors import ImageRefusedError
from posts.forms import DeletionForm, ProfileForm
from posts.models import User
from posts.quota import check_quota, lock_account
from posts.views.submissions import (
    form_methods,
    image_refusal,
    login_required_private,
    refusal,
)


@require_safe
@login_required_private
def welcome(request: HttpRequest) -> HttpResponse:
    """Show what to begin with, after the sign-up."""
    return render(request, "account/welcome.html")


@form_methods
@login_required_private
def profile(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    context = {"muted": User.objects.filter(muted_by__user=user).order_by("username")}
    if request.method != "POST":
        return render(request, "account/profile.html", {**context, "form": ProfileForm(user=user)})
    form = ProfileForm(request.POST, request.FILES, user=user)
    if refused := refusal(request, form, "account/profile.html", context):
        return refused
    try:
        _save(form, user.pk)
    except ImageRefusedError as error:
        return image_refusal(
            request, form, "account/profile.html", context, field="avatar", refused=error
        )
    messages.success(request, _("Your profile is saved."))
    return redirect("profile")


@transaction.atomic
def _save(form: ProfileForm, pk: int) -> None:
    # Lock and read again: if the avatar was replaced meanwhile, its file would not be deleted.
    locked = lock_account(pk)
    avatar = form.cleaned_data["avatar"]
    check_quota(pk, [avatar] if avatar else [], replaced_bytes=locked.avatar_bytes)
    changed = {name: new for name, new in form.values().items() if getattr(locked, name) != new}
    for name, value in changed.items():
        setattr(locked, name, value)
    if changed:
        locked.save(update_fields=changed)


@form_methods
@login_required_private
@reauthentication_required(allow_get=True, app="posts")  # type: ignore[untyped-decorator] # allauth has no types
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the user's account with everything that it has written, liked and uploaded.

    Only a superuser deletes an account with powers, so that its use of them can be looked into.
    allauth asks for the password, within the limits on guessing, and then sends the form again.
    """
    user = current_user(request)
    if User.objects.with_powers().filter(pk=user.pk).exists():
        status = HTTPStatus.FORBIDDEN if request.method == "POST" else HTTPStatus.OK
        return render(request, "account/delete_staff.html", status=status)
    context: dict[str, Any] = {
        "posts_count": user.posts.count(),
        "comments_count": user.comments.count(),
    }
    if request.method != "POST":
        return render(request, "account/delete.html", {**context, "form": DeletionForm(user=user)})
    form = DeletionForm(request.POST, user=user)
    if refused := refusal(request, form, "account/delete.html", context, unconfirmed_too=True):
        return refused
    pk, username = user.pk, user.username
    email = EmailAddress.objects.get_primary_email(user)
    with transaction.atomic():
        # The session first: its end is announced only while its user exists.
        logout(request)
        with audit.acting(lambda: user):
            User.objects.filter(pk=pk).delete()
        get_adapter(request).send_notification_mail(
            "account/email/account_deleted", user, {"username": username}, email=email
        )
    return redirect("account-deleted")


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "account/deleted.html")
