"""The API's searches and hashtags: the JSON of the same cached, isolated pages as in HTML."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from feed import pages
from feed.cursors import Cursor
from feed.search import search_error, tidy
from feed.shared_json import MENTIONED, PageQuery, SharedJSON
from posts import limits
from posts.serializers import PostSerializer, UserSerializer
from posts.text import fold, is_hashtag


class WordsField(serializers.CharField):
    """The words of a search, tidied."""

    def to_internal_value(self, data: Any) -> str:
        query = tidy(str(data))
        if error := search_error(query) or ("" if query else "Give at least one word."):
            raise serializers.ValidationError(error)
        return query


class SearchQuery(PageQuery):
    """The query string of `GET /api/search/`."""

    q = WordsField(help_text="Words; a post or a name that has all of them is found.")


class PostsPageSerializer(serializers.Serializer[Any]):
    """A page of posts, for the description of the API."""

    posts = PostSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")
    mentioned = MENTIONED


class SearchPageSerializer(PostsPageSerializer):
    q = serializers.CharField(help_text="The words that were looked for.")
    people = UserSerializer(many=True, help_text="On the first page, people of these names.")


class TagPageSerializer(PostsPageSerializer):
    tag = serializers.CharField(help_text="The hashtag in lower case.")


class Search(SharedJSON):
    """`GET /api/search/`."""

    @extend_schema(
        operation_id="search", parameters=[SearchQuery], responses=SearchPageSerializer, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """Search posts, newest first, and people."""
        query = SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        limits.check("searches", request=http_request)
        words, after = query.validated_data["q"], query.validated_data.get("cursor")
        read = partial(pages.get_search_page, words, after=after)
        return self.respond(request, read)


class TagPosts(SharedJSON):
    """`GET /api/tags/<tag>/posts/`."""

    @extend_schema(
        operation_id="tag_posts", parameters=[PageQuery], responses=TagPageSerializer, auth=[]
    )
    def get(self, request: Request, tag: str) -> HttpResponse:
        """Read the posts with a hashtag, newest first."""
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if not is_hashtag(tag):
            raise Http404
        if tag != fold(tag):
            return redirect("api-tag-posts", fold(tag))
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        limits.check("uncached_reads", request=http_request)
        after: Cursor | None = query.validated_data.get("cursor")
        read = partial(pages.get_tag_page, tag, after=after)
        return self.respond(request, read)
