"""Pages that report a post or a comment to the moderators."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from posts.current_user import current_user
from posts.forms import ReportForm
from posts.models import Comment, Post, Report
from posts.views.submissions import (
    form_methods,
    login_required_private,
    write_once,
)


@form_methods
@login_required_private
def report_post(request: HttpRequest, pk: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    return _report(request, {"post": post}, back=post.get_absolute_url())


@form_methods
@login_required_private
def report_comment(request: HttpRequest, pk: int) -> HttpResponse:
    comments = Comment.objects.on_visible_posts()
    comment = get_object_or_404(comments.select_related("author", "post"), pk=pk)
    return _report(request, {"comment": comment}, back=comment.get_absolute_url())


def _report(request: HttpRequest, subject: dict[str, Any], *, back: str) -> HttpResponse:
    (name,) = subject
    context: dict[str, Any] = {**subject, "back": back}
    if request.method != "POST":
        return render(request, "posts/report.html", {**context, "form": ReportForm()})
    form = ReportForm(request.POST)

    def write() -> Report:
        # A second report by the same user replaces the first and opens it again.
        values = {
            **form.cleaned_data,
            "reported_text": subject[name].content,
            "resolved_at": None,
            "resolved_by": None,
        }
        del values["key"]
        return Report.objects.update_or_create(
            **subject, reporter=current_user(request), defaults=values
        )[0]

    written = write_once(
        request,
        form,
        "posts/report.html",
        context,
        kind=f"report of {back}",
        rows=Report.objects.all(),
        write=write,
    )
    if isinstance(written, HttpResponse):
        return written
    messages.success(request, _("Thank you. A moderator will look at it."))
    return redirect(back)
