"""What people set of their own account, and its end."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from posts.forms import DeletionForm, ProfileForm
from posts.models import User
from posts.views.submissions import for_the_signed_in, form_methods, refusal, sender


@form_methods
@for_the_signed_in
def profile(request: HttpRequest) -> HttpResponse:
    user = sender(request)
    context = {"muted": User.objects.filter(muted_by__user=user).order_by("username")}
    if request.method != "POST":
        return render(request, "account/profile.html", {**context, "form": ProfileForm(user=user)})
    form = ProfileForm(request.POST, request.FILES, user=user)
    if refused := refusal(request, form, "account/profile.html", context):
        return refused
    with transaction.atomic():
        # As it is now: had its picture been replaced meanwhile, that file would stay behind.
        locked = get_object_or_404(User.objects.select_for_update(no_key=True), pk=user.pk)
        changed = {name: new for name, new in form.values().items() if getattr(locked, name) != new}
        for name, value in changed.items():
            setattr(locked, name, value)
        if changed:
            locked.save(update_fields=changed)
    messages.success(request, _("Your profile is saved."))
    return redirect("profile")


@form_methods
@for_the_signed_in
@reauthentication_required(allow_get=True, app="posts")  # type: ignore[untyped-decorator] # allauth has no types
def delete(request: HttpRequest) -> HttpResponse:
    """End one's own account: with it goes everything that it has written, liked and uploaded.

    The library asks for the password, within its limits on guessing; then it sends the form again.
    """
    user = sender(request)
    context: dict[str, Any] = {
        "posts_count": user.posts.count(),
        "comments_count": user.comments.count(),
    }
    if request.method != "POST":
        return render(request, "account/delete.html", {**context, "form": DeletionForm(user=user)})
    form = DeletionForm(request.POST, user=user)
    if refused := refusal(request, form, "account/delete.html", context):
        return refused
    pk, username = user.pk, user.username
    email = EmailAddress.objects.get_primary_email(user)
    with transaction.atomic():
        # The session first: with its user gone, nobody is left for whom to say that it has ended.
        logout(request)
        User.objects.filter(pk=pk).delete()
    get_adapter(request).send_notification_mail(
        "account/email/account_deleted", user, {"username": username}, email=email
    )
    return redirect("account-deleted")


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "account/deleted.html")
