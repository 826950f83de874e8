"""The newest page of the feed, cached as tutorials and manuals show."""

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
    """Return the page with our query and serializer, so that only the caching differs."""
    posts = Post.objects.visible().select_related("author").with_counts().newest_first()
    return {"posts": [post_json(post) for post in posts[:LIMIT]]}


class Uncached(APIView):
    """A view without a cache, except those of cacheops and cachalot, which work below it."""

    def get(self, request: Request) -> Response:
        return Response(load())


class OnDjangoRedis(APIView):
    """A view that uses Django's cache API."""

    def get(self, request: Request) -> Response:
        page = cache.get("feed")
        if page is None:
            page = load()
            cache.set("feed", page, TTL_SECONDS)
        return Response(page)


def plain(request: HttpRequest) -> HttpResponse:
    """Return the page from a plain Django view, for caches of whole responses."""
    return JsonResponse(load())
