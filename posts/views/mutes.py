"""Pages that mute and unmute an author."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from posts.current_user import current_user
from posts.forms import MuteForm
from posts.models import Mute, User
from posts.views.submissions import (
    form_methods,
    login_required_private,
    not_found_if_deleted,
    refusal,
    safe_next,
)


@form_methods
@login_required_private
def mute(request: HttpRequest, username: str) -> HttpResponse:
    """Mute or unmute an author. Repeating a request changes nothing."""
    if "\0" in username:  # PostgreSQL refuses NUL in a query
        raise Http404
    return _mute(request, get_object_or_404(User, username=username))


@form_methods
@login_required_private
def mute_by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """Mute or unmute an author whose username no path can hold."""
    return _mute(request, get_object_or_404(User, pk=pk))


def _mute(request: HttpRequest, author: User) -> HttpResponse:
    user = current_user(request)
    context = {
        "author": author,
        "muted": Mute.objects.filter(user=user, muted=author).exists(),
        "next": request.POST.get("next", ""),
    }
    if author == user or not (author.is_active or context["muted"]):
        raise Http404
    if request.method != "POST":
        return render(request, "posts/mute.html", {**context, "form": MuteForm()})
    form = MuteForm(request.POST)
    if refused := refusal(request, form, "posts/mute.html", context):
        return refused
    name = {"name": author.shown_name}
    if form.cleaned_data["action"] == "unmute":
        Mute.objects.filter(user=user, muted=author).delete()
        messages.success(request, _("You see what %(name)s writes again.") % name)
    else:
        with not_found_if_deleted():
            Mute.objects.get_or_create(user=user, muted=author)
        messages.success(request, _("You no longer see what %(name)s writes.") % name)
    return redirect(safe_next(request) or author)
