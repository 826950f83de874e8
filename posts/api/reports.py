"""Reports of posts and comments to the moderators: one for each person and thing."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from posts.api.resource import Resource, valid
from posts.confirmation import MayWrite
from posts.current_user import current_user
from posts.inputs import ReportInput
from posts.models import Comment, Post, Report
from posts.views.submissions import not_found_if_deleted


class ReportSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = serializers.CharField()


class _Report(Resource):
    permission_classes = (IsAuthenticated, MayWrite)

    def report(self, request: Request, name: str, rows: QuerySet[Any], pk: int) -> Response:
        subject = {name: get_object_or_404(rows, pk=pk)}
        values = valid(ReportInput, request)
        opened = {**values, "resolved_at": None, "resolved_by": None}
        with not_found_if_deleted():
            Report.objects.update_or_create(
                **subject, reporter=current_user(request), defaults=opened
            )
        return Response(values)


class PostReport(_Report):
    @extend_schema(
        operation_id="post_report", request=ReportInput, responses={200: ReportSerializer}
    )
    def put(self, request: Request, pk: int) -> Response:
        """Report a post to the moderators. Another report of yours replaces the first."""
        return self.report(request, "post", Post.objects.visible(), pk)


class CommentReport(_Report):
    @extend_schema(
        operation_id="comment_report", request=ReportInput, responses={200: ReportSerializer}
    )
    def put(self, request: Request, pk: int) -> Response:
        """Report a comment to the moderators. Another report of yours replaces the first."""
        return self.report(request, "comment", Comment.objects.on_visible_posts(), pk)
