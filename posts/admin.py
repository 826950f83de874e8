"""Moderation: find posts, comments, likes and people, and act on them.

Every change goes through a model or its queryset, so it announces itself. No list counts a whole
table, however long it is.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import admin as auth_admin
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import Truncator
from knox import admin as _registered  # noqa: F401 -- so that the line below undoes it
from knox.models import AuthToken

from posts.forms import WrittenText
from posts.models import (
    COMMENT_MAX_LENGTH,
    IMAGE_URL_MAX_LENGTH,
    POST_MAX_LENGTH,
    Comment,
    Like,
    Post,
    User,
)

# A list reaches this far; what is further down is found by search and filters.
LIST_LIMIT = 10_000
# "Select all" means this many at once: the confirmation sends each back as a field of a form, and
# Django refuses forms of more than 1,000 fields.
ACTION_LIMIT = 900

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
    AnyUserAdmin = auth_admin.UserAdmin[User]
else:  # generic for the type checker only
    AnyModelAdmin = admin.ModelAdmin
    AnyPaginator = Paginator
    AnyUserAdmin = auth_admin.UserAdmin

# It shows the digests of tokens, also in its log. Revoking is an action on users instead.
admin.site.unregister(AuthToken)


class CappedPaginator(AnyPaginator):
    """Counts up to LIST_LIMIT rows and no further."""

    @cached_property
    def count(self) -> int:
        rows: models.QuerySet[Any] = self.object_list  # type: ignore[assignment] # the admin's always is
        return rows.order_by().values("pk")[:LIST_LIMIT].count()


class BigTableAdmin(AnyModelAdmin):
    """A list that stays fast on a long table, and says only what it knows."""

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
        # What goes with them is counted, not listed: it may be thousands of likes, or tokens.
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return [str(obj) for obj in objs], counts, lacking, protected

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: "ModelForm[Any]", change: bool
    ) -> None:
        # Saving a post marks it as edited, so a form in which nothing was changed must not.
        if form.changed_data or not change:
            super().save_model(request, obj, form, change)

    def update_and_log(
        self, request: HttpRequest, rows: models.QuerySet[Any], *, done: str, **values: Any
    ) -> None:
        """Update `rows` in one go; `done` is said to the moderator and kept in the admin's log."""
        with transaction.atomic():
            touched = list(rows)
            rows.filter(pk__in=[row.pk for row in touched]).update(**values)
            moderator = request.user.pk or 0  # always somebody, which types can't tell
            LogEntry.objects.log_actions(moderator, touched, CHANGE, done)
        self.message_user(request, f"{done}: {len(touched)}.", messages.SUCCESS)


class PostAdminForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    content = WrittenText(max_length=POST_MAX_LENGTH, rows=10)
    image_url = forms.URLField(
        required=False, max_length=IMAGE_URL_MAX_LENGTH, assume_scheme="https"
    )

    class Meta:
        model = Post
        fields = ("author", "content", "image_url", "image_alt")


@admin.register(Post)
class PostAdmin(BigTableAdmin):
    form = PostAdminForm
    fields = ("author", "content", "image_url", "created_at", "updated_at", "external_id")
    readonly_fields = ("created_at", "updated_at", "external_id")
    autocomplete_fields = ("author",)
    list_display = ("beginning", "author", "created_at", "likes", "comments", "edited_since")
    list_filter = ("created_at", "author__is_active")
    list_select_related = ("author",)
    sortable_by = ("created_at",)
    search_fields = ("content", "author__username")
    ordering = ("-created_at", "-id")
    actions = ("remove_image",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Post]:
        return Post.objects.with_counts()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"author": request.user.pk, **super().get_changeform_initial_data(request)}

    @admin.display(description="post")
    def beginning(self, post: Post) -> str:
        return Truncator(post.content).chars(80)

    @admin.display(description="likes")
    def likes(self, post: Any) -> int:
        return int(post.likes_count)

    @admin.display(description="comments")
    def comments(self, post: Any) -> int:
        return int(post.comments_count)

    @admin.display(description="edited", boolean=True)
    def edited_since(self, post: Post) -> bool:
        return post.edited

    @admin.action(permissions=["change"], description="Remove the image of selected posts")
    def remove_image(self, request: HttpRequest, queryset: models.QuerySet[Post]) -> None:
        with_image = queryset.exclude(image_url="")
        self.update_and_log(request, with_image, done="Image removed", image_url="")


class CommentAdminForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    content = WrittenText(max_length=COMMENT_MAX_LENGTH, rows=5)

    class Meta:
        model = Comment
        fields = ("post", "author", "content")


@admin.register(Comment)
class CommentAdmin(BigTableAdmin):
    form = CommentAdminForm
    fields = ("post", "author", "content", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("post", "author")
    list_display = ("beginning", "author", "post", "created_at")
    list_filter = ("created_at", "author__is_active")
    list_select_related = ("author", "post")
    sortable_by = ()
    search_fields = ("content", "author__username")
    ordering = ("-id",)

    @admin.display(description="comment")
    def beginning(self, comment: Comment) -> str:
        return Truncator(comment.content).chars(80)


@admin.register(Like)
class LikeAdmin(BigTableAdmin):
    """Likes can be taken away, not given or edited, in somebody's name."""

    list_display = ("id", "user", "post", "created_at")
    list_select_related = ("user", "post")
    sortable_by = ()
    search_fields = ("user__username",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Like | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(BigTableAdmin, AnyUserAdmin):
    """Accounts. Only a superuser touches staff or gives powers; nobody locks themselves out."""

    list_display = ("username", "display_name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined")
    sortable_by = ("username", "date_joined")
    search_fields = ("username", "display_name", "email")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("display_name", "first_name", "last_name", "email")}),
        (
            "Powers",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    actions = ("deactivate", "activate", "revoke_tokens")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = ("last_login", "date_joined")
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

    @admin.action(permissions=["change"], description="Revoke API tokens of selected users")
    def revoke_tokens(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        users = _within_reach(request, queryset)
        tokens = AuthToken.objects.filter(user__in=users.values("pk"))
        count, _ = tokens.delete()
        self.message_user(request, f"API tokens revoked: {count}.", messages.SUCCESS)


def _has_powers(user: User) -> bool:
    return user.is_staff or user.is_superuser


def _within_reach(request: HttpRequest, users: models.QuerySet[User]) -> models.QuerySet[User]:
    """Those the moderator may act on: staff only for superusers."""
    return users if request.user.is_superuser else users.filter(is_staff=False, is_superuser=False)
