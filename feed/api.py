"""The read API: the feed, the same for all clients, and a viewer's own marks on posts."""

import re
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed import pages
from feed.cursors import Cursor
from feed.marks import ViewerMarks, marks_on_comments, marks_on_posts
from feed.responses import site_origin
from feed.shared_json import MENTIONED, FeedQuery, SharedJSON, content, whole_page
from freshcache.front_door.cached_response import Renew
from posts import limits
from posts.cursors import InvalidCursor
from posts.ids import parse_id
from posts.inputs import Query
from posts.models import User
from posts.serializers import PostSerializer

MAX_VIEWER_IDS = 100
# The query strings of `GET /api/feed/` that may name a near cursor.
_NEAR_QUERY = re.compile(r"(limit=(?P<limit>[1-9][0-9]?)&)?cursor=(?P<cursor>[A-Za-z0-9_-]{36})")


class FeedPageSerializer(serializers.Serializer[Any]):
    """The JSON of `GET /api/feed/`, for the description of the API."""

    posts = PostSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")
    mentioned = MENTIONED


class Feed(SharedJSON):
    """`GET /api/feed/`."""

    @extend_schema(
        operation_id="feed", parameters=[FeedQuery], responses=FeedPageSerializer, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """Read the feed, newest first."""
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        after: Cursor | None = query.validated_data.get("cursor")
        limit = query.validated_data["limit"]
        if after is not None and not pages.is_near(after, limit):
            limits.check("uncached_reads", request=http_request)
        renew_query = partial(_renew_query, f"{site_origin(http_request)}{request.path}")
        read = partial(pages.get_feed_page, after=after, limit=limit)
        return self.respond(request, read, renew_query=renew_query)


def _renew_query(base: str, query: str) -> Renew | None:
    """Return `renew` for a page near the newest one. All other queries are checked by the view."""
    match = _NEAR_QUERY.fullmatch(query)
    if match is None:
        return None
    limit = int(match["limit"] or pages.DEFAULT_LIMIT)
    try:
        after = Cursor.decode(match["cursor"])
    except InvalidCursor:
        return None
    if not pages.is_near(after, limit):  # only these are not limited; their limit is signed
        return None
    first = f"{base}?limit={limit}" if match["limit"] else base
    return lambda: content(whole_page, first, pages.get_feed_page(after=after, limit=limit))


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
