"""The newest page of the feed, cached in the ways that tutorials and manuals show."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers.settings import TTL_SECONDS
from posts.models import Post
from posts.serializers import post_json

LIMIT = 20


def load() -> dict[str, Any]:
    """The page by our query and in our form, so that nothing differs but the caching."""
    posts = Post.objects.visible().select_related("author").with_counts().newest_first()
    return {"posts": [post_json(post) for post in posts[:LIMIT]]}


class Uncached(APIView):
    """No cache at all; under cacheops and cachalot, which work below the view, with theirs."""

    def get(self, request: Request) -> Response:
        return Response(load())


class OnDjangoRedis(APIView):
    def get(self, request: Request) -> Response:
        page = cache.get("feed")
        if page is None:
            page = load()
            cache.set("feed", page, TTL_SECONDS)
        return Response(page)


def plain(request: HttpRequest) -> HttpResponse:
    """A view of Django's own, for what caches whole answers."""
    return JsonResponse(load())
