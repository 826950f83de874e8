"""The feed for programs: one body for everybody, and what the viewer did in a call of its own."""

import re
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed import pages, queries
from feed.cursors import Cursor, InvalidCursor
from freshcache.errors import Busy
from freshcache.front_door import headers
from posts import limits
from posts.models import User
from posts.problems import busy
from posts.serializers import PostSerializer

MAX_VIEWER_POSTS = 100


class CursorField(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        try:
            return Cursor.decode(str(data))
        except InvalidCursor as error:
            raise serializers.ValidationError("This is no cursor of this feed.") from error


class Query(serializers.Serializer[Any]):
    """Each parameter once: of two, a cache on the way might take the other one."""

    def to_internal_value(self, data: Any) -> Any:
        repeated = [name for name, values in data.lists() if len(values) > 1]
        if errors := {name: ["Give it once."] for name in repeated if name in self.fields}:
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


class FeedQuery(Query):
    limit = serializers.IntegerField(
        min_value=1, max_value=pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT
    )
    cursor = CursorField(required=False, help_text="`next` of the page before.")


class FeedPageSerializer(serializers.Serializer[Any]):
    posts = PostSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")


class Feed(APIView):
    """Who asks makes no difference to the body, so nobody is looked up. Whoever may have written
    something (a session, a token) sees it at once: for them the generation is always asked for."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="feed", parameters=[FeedQuery], responses=FeedPageSerializer, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """Read the feed, newest first."""
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        personal = headers.has_credentials(asked)
        after: Cursor | None = query.validated_data.get("cursor")
        limit = query.validated_data["limit"]
        if after is not None and not pages.is_near(after, limit):
            limits.check("uncached_reads", request=asked)
        try:
            served = pages.get_feed_page(
                after=after,
                limit=limit,
                confirm=personal,
            )
        except Busy:
            return busy(asked)
        response = HttpResponse(served.page.body, content_type="application/json")
        response["ETag"] = served.page.etag
        headers.describe(asked, response, served, personal=personal, same_for_all=True)
        return response

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """JSON is all there is, and a remembered answer does not look at what else would be
        accepted: so neither does a new one (RFC 9110, section 12.5.1, lets it)."""
        return super().perform_content_negotiation(request, force=True)


class IdsField(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        ids = [part.strip() for part in str(data).split(",") if part.strip()]
        if not all(re.fullmatch(r"[0-9]{1,18}", part) for part in ids):  # any of them is a bigint
            raise serializers.ValidationError("Ids are numbers, separated by commas.")
        if len(ids) > MAX_VIEWER_POSTS:
            raise serializers.ValidationError(f"At most {MAX_VIEWER_POSTS} ids at a time.")
        return [int(part) for part in ids]


class ViewerQuery(Query):
    ids = IdsField(help_text="Ids of posts, separated by commas.")


class ViewerPostsSerializer(serializers.Serializer[Any]):
    liked = serializers.ListField(child=serializers.CharField())
    editable = serializers.ListField(child=serializers.CharField())
    muted = serializers.ListField(
        child=serializers.CharField(), help_text="Those by people whom the viewer has muted."
    )


class ViewerPosts(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="viewer_posts", parameters=[ViewerQuery], responses=ViewerPostsSerializer
    )
    def get(self, request: Request) -> Response:
        """Which of these posts the viewer likes, which they may edit, which they do not want to
        see."""
        query = ViewerQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        viewer = queries.viewer_posts(cast("User", request.user), query.validated_data["ids"])
        body = {
            "liked": sorted(viewer.liked, key=int),
            "editable": sorted(viewer.editable, key=int),
            "muted": sorted(viewer.muted, key=int),
        }
        return Response(body, headers={"Cache-Control": "private, no-store"})
