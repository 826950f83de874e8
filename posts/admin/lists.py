"""Base classes of the admin: their lists stay fast on a long table."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import Truncator

from posts import audit
from posts.models import shown_text

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:  # generic for the type checker only
    AnyModelAdmin = admin.ModelAdmin
    AnyPaginator = Paginator

# A list shows this many rows; search and filters find the others.
LIST_LIMIT = 10_000
# "Select all" acts on this many rows: the confirmation page has a form field for each, and Django
# refuses forms with more than 1,000 fields.
ACTION_LIMIT = 900


def beginning(row: Any) -> str:
    """Return how a post, a comment or a version of a post begins, after its warning, if any."""
    text = shown_text(row) if hasattr(row, "image_alt") else row.content
    words = Truncator(text).chars(80)
    warning = getattr(row, "content_warning", "")
    return f"[{Truncator(warning).chars(40)}] {words}" if warning else words


class CappedPaginator(AnyPaginator):
    """Counts at most LIST_LIMIT rows."""

    @cached_property
    def count(self) -> int:
        rows: models.QuerySet[Any] = self.object_list  # type: ignore[assignment] # the admin's always is
        return rows.order_by().values("pk")[:LIST_LIMIT].count()


class LoggedAdmin(AnyModelAdmin):
    """An admin that logs each action in the audit log, with the values before it."""

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: "ModelForm[Any]", change: bool
    ) -> None:
        if change:
            request.audited = {  # type: ignore[attr-defined] # ours: for log_change, which has no form
                "before": {name: form.initial.get(name) for name in form.changed_data},
                "after": {name: form.cleaned_data.get(name) for name in form.changed_data},
            }
        super().save_model(request, obj, form, change)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        kept = request.__dict__.pop("audited", {})
        (entry,) = audit.log_action(request.user, [obj], CHANGE, message, **kept)
        return entry

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return audit.log_action(request.user, queryset, DELETION)


class BigTableAdmin(LoggedAdmin):
    """A list that stays fast on a long table, and shows no number that it has not counted."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *args: Any, **kwargs: Any
    ) -> Any:
        if request.POST.get("select_across") == "1":
            queryset = queryset.filter(pk__in=queryset.values("pk")[:ACTION_LIMIT])
        return super().response_action(request, queryset, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Rows of a cascade are counted, not listed: there may be thousands of likes or tokens.
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return [str(obj) for obj in objs], counts, lacking, protected

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: "ModelForm[Any]", change: bool
    ) -> None:
        # Saving a post marks it as edited, so an unchanged form must not save it.
        if form.changed_data or not change:
            super().save_model(request, obj, form, change)

    def update_and_log(
        self, request: HttpRequest, rows: models.QuerySet[Any], *, done: str, **values: Any
    ) -> None:
        """Set these values on each row. `done` is shown to the moderator and logged.

        Each row is saved separately, so that the file of a removed image is deleted too.
        """
        with transaction.atomic():
            touched = list(rows.select_for_update(of=("self",)))
            for row in touched:
                before = {name: getattr(row, name) for name in values}
                audit.log_action(
                    request.user, [row], CHANGE, done, before=audit.plain(before), after=values
                )
                for name, value in values.items():
                    setattr(row, name, value)
                row.save(update_fields=list(values))
        self.message_user(request, f"{done}: {len(touched)}.", messages.SUCCESS)
