"""Reports of posts and comments to the moderators."""

from typing import cast

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.models.comments import Comment
from posts.models.posts import Post
from posts.models.users import User

NOTE_MAX_LENGTH = 500


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports."""

    def open(self) -> "ReportQuerySet":
        """Return the reports that no moderator has resolved."""
        return self.filter(resolved_at=None)


class Report(models.Model):
    """A reader's report of a post or a comment. Other readers do not see it."""

    class Reason(models.TextChoices):
        SPAM = "spam", _("It is spam or a fraud")
        ABUSE = "abuse", _("It attacks or threatens somebody")
        OTHER = "other", _("Something else")

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    reporter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.TextField(max_length=NOTE_MAX_LENGTH, blank=True)
    # The text when it was reported: its author may edit it before a moderator reads the report.
    # Empty in reports of earlier releases.
    reported_text = models.TextField(blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["resolved_at", "-id"], name="report_open_first"),)
        constraints = (
            models.CheckConstraint(
                name="report_of_one_thing",
                condition=models.Q(post=None) ^ models.Q(comment=None),
            ),
            models.CheckConstraint(
                name="report_reason", condition=models.Q(reason__in=["spam", "abuse", "other"])
            ),
            models.CheckConstraint(
                name="report_note_length", condition=models.Q(note__length__lte=NOTE_MAX_LENGTH)
            ),
            models.UniqueConstraint(
                fields=["reporter", "post"], name="report_once_per_reporter_and_post"
            ),
            models.UniqueConstraint(
                fields=["reporter", "comment"], name="report_once_per_reporter_and_comment"
            ),
        )

    def __str__(self) -> str:
        subject = f"post {self.post_id}" if self.post_id else f"comment {self.comment_id}"
        return f"{self.pk}: {self.reason}, {subject}"

    @property
    def subject(self) -> Post | Comment:
        """The reported post or comment."""
        return self.post or cast("Comment", self.comment)  # a constraint demands one of them
