"""The admin of posts, comments and likes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from posts.admin.lists import BigTableAdmin, beginning
from posts.forms import WrittenText
from posts.forms.fields import NOTHING_MESSAGE
from posts.models import (
    COMMENT_MAX_LENGTH,
    HAS_IMAGE,
    NO_IMAGE,
    POST_TEXTS,
    Comment,
    Like,
    Post,
    PostVersion,
)
from posts.post_images import images_of


class WrittenAdmin(BigTableAdmin):
    """Posts or comments. The moderator who adds one is its author for good."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = super().get_fields(request, obj)
        return names if obj else [name for name in names if name != "author"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)


class PostAdminForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    def clean_content(self) -> str:
        content: str = self.cleaned_data["content"]
        if not content and not images_of(self.instance):
            raise ValidationError(NOTHING_MESSAGE, "required")
        return content


@admin.register(Post)
class PostAdmin(WrittenAdmin):
    form = PostAdminForm
    fields = (
        *("author", *POST_TEXTS, "uploaded_images", "image_url"),
        *("created_at", "updated_at", "external_id"),
    )
    # `image_url` is left from older releases: the action can remove it, and no form can set it.
    readonly_fields = (
        *("author", "uploaded_images", "image_url"),
        *("created_at", "updated_at", "external_id"),
    )
    list_display = ("beginning", "author", "created_at", "likes", "comments", "edited_since")
    list_filter = ("created_at", "author__is_active")
    list_select_related = ("author",)
    sortable_by = ("created_at",)
    search_fields = ("content", "author__username")
    ordering = ("-created_at", "-id")
    actions = ("remove_image",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Post]:
        return super().get_queryset(request).with_counts()  # type: ignore[no-any-return, attr-defined] # ours

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if text := POST_TEXTS.get(db_field.name):
            return WrittenText(
                max_length=text.max_length,
                rows=10 if text.required else 3,
                one_line=text.one_line,
                required=text.required and not text.or_image,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="post")
    def beginning(self, post: Post) -> str:
        return beginning(post)

    @admin.display(description="uploaded images")
    def uploaded_images(self, post: Post) -> SafeString | str:
        rows = [
            (image.url, image.still_url, image.alt)
            for image in images_of(post)
            if not image.elsewhere
        ]
        shown = format_html_join(" ", '<a href="{}"><img src="{}" alt="{}" height="120"></a>', rows)
        return shown or "none"

    @admin.display(description="likes")
    def likes(self, post: Any) -> int:
        return int(post.likes_count)

    @admin.display(description="comments")
    def comments(self, post: Any) -> int:
        return int(post.comments_count)

    @admin.display(description="edited", boolean=True)
    def edited_since(self, post: Post) -> bool:
        return post.edited

    @admin.action(permissions=["change"], description="Remove the images of selected posts")
    def remove_image(self, request: HttpRequest, queryset: models.QuerySet[Post]) -> None:
        with_image = queryset.filter(HAS_IMAGE)
        if alone := with_image.filter(content="").count():
            said = f"Posts without a text, which can only be deleted: {alone}."
            self.message_user(request, said, messages.WARNING)
        self.update_and_log(
            request, with_image.exclude(content=""), done="Images removed", **NO_IMAGE
        )


@admin.register(PostVersion)
class PostVersionAdmin(BigTableAdmin):
    """What stood in posts before edits, which a moderator can delete, and neither add nor edit."""

    list_display = ("beginning", "post", "written_at", "replaced_at")
    list_select_related = ("post",)
    sortable_by = ()
    search_fields = ("content", "content_warning", "image_alt")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PostVersion | None = None) -> bool:
        return False

    @admin.display(description="version")
    def beginning(self, version: PostVersion) -> str:
        return beginning(version)


class CommentAdminForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    content = WrittenText(max_length=COMMENT_MAX_LENGTH, rows=5)

    class Meta:
        model = Comment
        fields = ("post", "content")


@admin.register(Comment)
class CommentAdmin(WrittenAdmin):
    form = CommentAdminForm
    fields = ("post", "author", "content", "created_at")
    readonly_fields = ("author", "created_at")
    autocomplete_fields = ("post",)
    list_display = ("beginning", "author", "post", "created_at")
    list_filter = ("created_at", "author__is_active")
    list_select_related = ("author", "post")
    sortable_by = ()
    search_fields = ("content", "author__username")
    ordering = ("-id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Comment | None = None) -> Any:
        # Moved to another post, a comment would get another meaning.
        return (*self.readonly_fields, "post") if obj else self.readonly_fields

    @admin.display(description="comment")
    def beginning(self, comment: Comment) -> str:
        return beginning(comment)


@admin.register(Like)
class LikeAdmin(BigTableAdmin):
    """Likes, which a moderator can delete, and neither add nor edit."""

    list_display = ("id", "user", "post", "created_at")
    list_select_related = ("user", "post")
    sortable_by = ()
    search_fields = ("user__username",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Like | None = None) -> bool:
        return False
