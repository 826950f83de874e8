"""The page of preferences, for readers with and without an account, and their style sheet."""

from dataclasses import asdict
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from freshcache.errors import DATABASE_FAILURES
from posts import preferences
from posts.forms import PreferencesForm
from posts.views.submissions import form_methods

TEMPLATE = "account/preferences.html"
private = cache_control(private=True, no_cache=True)


@form_methods
@private
def page(request: HttpRequest) -> HttpResponse:
    """Show the preferences; on POST save them."""
    if request.method != "POST":
        form = PreferencesForm(initial=asdict(preferences.current(request)))
        return render(request, TEMPLATE, {"form": form})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, TEMPLATE, {"form": form}, status=status)
    response = redirect("preferences")
    preferences.save(request, response, form.chosen)
    messages.success(request, _("Your preferences are saved."))
    return response


@require_safe
@private
def css(request: HttpRequest) -> HttpResponse:
    """Return the style sheet of the reader's preferences. Only pages without a script load it."""
    try:
        chosen = preferences.current(request)
    except DATABASE_FAILURES:
        chosen = preferences.of_device(request)
    return HttpResponse(chosen.css, content_type="text/css; charset=utf-8")
