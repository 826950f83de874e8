"""Accounts and groups in the admin."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from knox.models import AuthToken

from posts import audit
from posts.admin.lists import BigTableAdmin, LoggedAdmin
from posts.models import User

if TYPE_CHECKING:
    AnyUserAdmin = auth_admin.UserAdmin[User]
else:  # generic for the type checker only
    AnyUserAdmin = auth_admin.UserAdmin

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(LoggedAdmin, auth_admin.GroupAdmin):
    """Groups give powers, so only superusers change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser and super().has_delete_permission(request, obj)


@admin.register(User)
class UserAdmin(BigTableAdmin, AnyUserAdmin):
    """Accounts. Only superusers change staff or powers. Users can't lock themselves out."""

    list_display = ("username", "display_name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined")
    sortable_by = ("username", "date_joined")
    search_fields = ("username", "display_name", "email")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            "Person",
            {
                "fields": (
                    "display_name",
                    "first_name",
                    "last_name",
                    "email",
                    "bio",
                    "avatar_preview",
                )
            },
        ),
        (
            "Powers",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    actions = ("deactivate", "activate", "remove_avatar", "revoke_tokens")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = ("avatar_preview", "last_login", "date_joined")
        if obj == request.user:
            fields += ("is_active", "is_staff", "is_superuser")
        elif not request.user.is_superuser:
            fields += ("is_staff", "is_superuser", "groups", "user_permissions")
        return fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or request.user.is_superuser or not _has_powers(obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj) and obj != request.user
        return allowed and (obj is None or request.user.is_superuser or not _has_powers(obj))

    @admin.action(permissions=["change"], description="Deactivate selected users")
    def deactivate(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        rows = (
            _within_reach(request, queryset)
            .filter(is_active=True)
            .exclude(username=request.user.get_username())
        )
        self.update_and_log(request, rows, done="Deactivated", is_active=False)

    @admin.action(permissions=["change"], description="Activate selected users")
    def activate(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        rows = _within_reach(request, queryset).filter(is_active=False)
        self.update_and_log(request, rows, done="Activated", is_active=True)

    @admin.display(description="picture")
    def avatar_preview(self, user: User) -> SafeString | str:
        if not user.avatar:
            return "none"
        return format_html('<img src="{}" alt="" height="120">', user.avatar.url)

    @admin.action(permissions=["change"], description="Remove the picture of selected users")
    def remove_avatar(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        rows = _within_reach(request, queryset).exclude(avatar="")
        self.update_and_log(request, rows, done="Picture removed", avatar="", avatar_bytes=0)

    @admin.action(permissions=["change"], description="Revoke API tokens of selected users")
    def revoke_tokens(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        users = _within_reach(request, queryset)
        with transaction.atomic():
            holders = list(users.filter(auth_token_set__isnull=False).distinct())
            audit.log_action(request.user, holders, CHANGE, "API tokens revoked")
            count, _ = AuthToken.objects.filter(user__in=users.values("pk")).delete()
        self.message_user(request, f"API tokens revoked: {count}.", messages.SUCCESS)


def _has_powers(user: User) -> bool:
    return bool(User.objects.with_powers().filter(pk=user.pk).exists())


def _within_reach(request: HttpRequest, users: models.QuerySet[User]) -> models.QuerySet[User]:
    """Return the accounts that the moderator may act on: those with powers only for superusers."""
    if request.user.is_superuser:
        return users
    return users.exclude(pk__in=User.objects.with_powers().values("pk"))
