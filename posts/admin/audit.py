"""The audit log in the admin, read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from posts.admin.lists import BigTableAdmin
from posts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(BigTableAdmin):
    """Needs `posts.view_auditentry`. Entries can't be added, changed or deleted here."""

    list_display = ("at", "actor", "action", "object_type", "object_name")
    list_filter = ("at",)
    sortable_by = ()
    search_fields = ("actor", "object_name", "object_id")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
