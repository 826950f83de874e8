"""The audit log, to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from posts.admin.lists import BigTableAdmin
from posts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(BigTableAdmin):
    """For those with `posts.view_auditentry`; nobody adds, changes or deletes here."""

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
