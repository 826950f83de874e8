"""The read API of what a post said before each edit."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from feed import pages
from feed.shared_json import SharedJSON
from posts import limits
from posts.models import Post
from posts.serializers import PostSerializer, VersionSerializer
from posts.version_triggers import MAX_VERSIONS


class HistorySerializer(serializers.Serializer[Any]):
    """The JSON of `GET /api/posts/<id>/history/`, for the description of the API."""

    post = PostSerializer()
    versions = VersionSerializer(
        many=True,
        help_text=(
            "Newest first, and the first is what the post says now. Up to"
            f" {MAX_VERSIONS} older ones are kept, the very first always; images are not kept."
        ),
    )


class PostHistory(SharedJSON):
    """`GET /api/posts/<id>/history/`."""

    @extend_schema(operation_id="post_history", responses=HistorySerializer, auth=[])
    def get(self, request: Request, pk: int) -> HttpResponse:
        """What a post said before each edit."""
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        limits.check("uncached_reads", request=http_request)
        try:
            response = self.respond(request, partial(pages.get_history_page, pk))
        except Post.DoesNotExist as error:
            raise Http404 from error
        response["X-Robots-Tag"] = "noindex"
        return response
