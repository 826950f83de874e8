"""Reports by readers, for moderators."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posts import audit, powers
from posts.admin.lists import BigTableAdmin, beginning
from posts.models import Comment, Post, Report


class StandingFilter(admin.SimpleListFilter):
    """Shows open reports by default."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("resolved", "Resolved"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": "Open"}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Report]
    ) -> models.QuerySet[Report]:
        if self.value() == "all":
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() != "resolved")


@admin.register(Report)
class ReportAdmin(BigTableAdmin):
    """A report is resolved, or its post or comment is deleted together with it."""

    list_display = ("subject", "author", "reason", "note", "reporter", "created_at", "resolved_by")
    list_filter = (StandingFilter, "reason")
    list_select_related = ("post__author", "comment__author", "reporter", "resolved_by")
    sortable_by = ()
    search_fields = ("note", "reporter__username", "post__content", "comment__content")
    ordering = ("-id",)
    fields = (
        *("subject", "reported_text", "author", "reason", "note", "reporter", "created_at"),
        *("resolved_at", "resolved_by"),
    )
    readonly_fields = fields
    actions = ("resolve", "delete_reported")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        # The reports of a post are deleted with it, so that power is enough.
        return super().has_delete_permission(request, obj) or self.has_remove_permission(request)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        needed = (powers.DELETE_POST, powers.DELETE_COMMENT)
        return all(powers.may(request.user, permission) for permission in needed)

    @admin.display(description="subject")
    def subject(self, report: Report) -> SafeString:
        subject = report.subject
        kind = "post" if isinstance(subject, Post) else "comment"
        change = reverse(f"admin:posts_{kind}_change", args=[subject.pk])
        return format_html('{} <a href="{}">{}</a>', kind, change, beginning(subject))

    @admin.display(description="by")
    def author(self, report: Report) -> str:
        return report.subject.author.username

    @admin.action(permissions=["change"], description="Resolve selected reports")
    def resolve(self, request: HttpRequest, queryset: models.QuerySet[Report]) -> None:
        values = {"resolved_at": timezone.now(), "resolved_by": request.user}
        self.update_and_log(request, queryset.filter(resolved_at=None), done="Resolved", **values)

    @admin.action(permissions=["remove"], description="Delete what was reported")
    def delete_reported(
        self, request: HttpRequest, queryset: models.QuerySet[Report]
    ) -> HttpResponse | None:
        """Ask for confirmation, then delete the subjects with all their reports."""
        posts = Post.objects.filter(reports__in=queryset.values("pk")).distinct()
        comments = Comment.objects.filter(reports__in=queryset.values("pk")).distinct()
        if "post" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Delete what was reported?",
                "opts": self.opts,
                "reports": queryset,
                "subjects": [*posts.select_related("author"), *comments.select_related("author")],
            }
            return TemplateResponse(request, "admin/posts/report/delete_reported.html", context)
        self._delete(request, posts, comments)
        return None

    def _delete(
        self,
        request: HttpRequest,
        posts: models.QuerySet[Post],
        comments: models.QuerySet[Comment],
    ) -> None:
        count = 0
        with transaction.atomic():
            for rows in (comments, posts):
                deleted: list[Any] = list(rows)
                audit.log_action(request.user, deleted, DELETION, "Reported")
                for row in deleted:
                    row.delete()
                count += len(deleted)
        self.message_user(request, f"Deleted: {count}.", messages.SUCCESS)
