"""The read API: the feed, the same for all clients, and a viewer's own marks on posts."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed import pages
from feed.cursors import Cursor
from feed.marks import ViewerMarks, marks_on_comments, marks_on_posts
from freshcache.errors import Busy
from freshcache.front_door import headers
from freshcache.front_door.cached_response import Content, cached_response
from freshcache.served import Served
from posts import limits
from posts.cursors import InvalidCursor
from posts.ids import parse_id
from posts.models import User
from posts.problems import busy
from posts.serializers import PostSerializer

MAX_VIEWER_IDS = 100


class CursorField(serializers.CharField):
    """A cursor of the feed."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Cursor.decode(str(data))
        except InvalidCursor as error:
            raise serializers.ValidationError("This is no cursor of this feed.") from error


class Query(serializers.Serializer[Any]):
    """A query string in which each parameter occurs once.

    Of a repeated parameter, a cache between the client and this site might use the other value.
    """

    def to_internal_value(self, data: Any) -> Any:
        repeated = [name for name, values in data.lists() if len(values) > 1]
        if errors := {name: ["Give it once."] for name in repeated if name in self.fields}:
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


class FeedQuery(Query):
    """The query string of `GET /api/feed/`."""

    limit = serializers.IntegerField(
        min_value=1, max_value=pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT
    )
    cursor = CursorField(required=False, help_text="`next` of the page before.")


class FeedPageSerializer(serializers.Serializer[Any]):
    """The JSON of `GET /api/feed/`, for the description of the API."""

    posts = PostSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")


class Feed(APIView):
    """`GET /api/feed/`.

    The body is the same for all clients, so no session and no token is looked up. A client that
    sends one may have written a moment ago, so its read always asks Redis for the generation.
    """

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="feed", parameters=[FeedQuery], responses=FeedPageSerializer, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """Read the feed, newest first."""
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        personal = headers.has_credentials(http_request)
        after: Cursor | None = query.validated_data.get("cursor")
        limit = query.validated_data["limit"]
        if after is not None and not pages.is_near(after, limit):
            limits.check("uncached_reads", request=http_request)
        read = partial(pages.get_feed_page, after=after, limit=limit)
        try:
            served = read(confirm=personal)
        except Busy:
            return busy(http_request)
        return cached_response(
            http_request,
            served.page.body,
            served,
            personal=personal,
            same_for_all=True,
            etag=served.page.etag,
            content_type="application/json",
            renew=partial(_renew, read),
        )

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Ignore `Accept`, as the front door does with stored responses (RFC 9110, section 12.5.1).

        The only content type is JSON.
        """
        return super().perform_content_negotiation(request, force=True)


def _renew(read: Callable[[], Served]) -> Content:
    served = read()
    return Content(served.page.body, served, served.page.etag)


class IdsField(serializers.CharField):
    """Ids of rows, separated by commas."""

    def to_internal_value(self, data: Any) -> Any:
        ids = [parse_id(part.strip()) for part in str(data).split(",") if part.strip()]
        if None in ids:
            raise serializers.ValidationError("Ids are numbers, separated by commas.")
        if len(ids) > MAX_VIEWER_IDS:
            raise serializers.ValidationError(f"At most {MAX_VIEWER_IDS} ids at a time.")
        return ids


class ViewerQuery(Query):
    """The query string of `GET /api/viewer/posts/` and `GET /api/viewer/comments/`."""

    ids = IdsField(help_text="Ids, separated by commas.")


class ViewerMarksSerializer(serializers.Serializer[Any]):
    """The JSON of both, for the description of the API."""

    liked = serializers.ListField(child=serializers.CharField())
    editable = serializers.ListField(child=serializers.CharField())
    muted = serializers.ListField(
        child=serializers.CharField(), help_text="Those by people whom the viewer has muted."
    )


class ViewerPosts(APIView):
    """`GET /api/viewer/posts/`."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="viewer_posts", parameters=[ViewerQuery], responses=ViewerMarksSerializer
    )
    def get(self, request: Request) -> Response:
        """Which of these posts the viewer likes, may edit, or has muted by muting the author."""
        return _answer_marks(request, marks_on_posts)


class ViewerComments(APIView):
    """`GET /api/viewer/comments/`."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="viewer_comments", parameters=[ViewerQuery], responses=ViewerMarksSerializer
    )
    def get(self, request: Request) -> Response:
        """Which of these comments the viewer likes, may edit, or has muted with the author."""
        return _answer_marks(request, marks_on_comments)


def _answer_marks(
    request: Request, find: Callable[[User, Collection[int]], ViewerMarks]
) -> Response:
    query = ViewerQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    marks = find(cast("User", request.user), query.validated_data["ids"])
    return Response(asdict(marks), headers={"Cache-Control": "private, no-store"})
