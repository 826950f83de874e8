"""The read API of authors: their numbers, posts and comments."""

import json
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from feed import pages
from feed.authors import MAX_COUNTED, View
from feed.search import tidy
from feed.shared_json import MENTIONED, FeedQuery, SharedJSON
from freshcache.served import Served
from posts import limits
from posts.inputs import Query
from posts.models import User
from posts.serializers import CommentSerializer, PostSerializer, UserSerializer
from posts.usernames import normalized

MAX_NAME_CHARACTERS = 100
_COUNTED = f"At most {MAX_COUNTED}, which stands for that many or more."


class AuthorSerializer(UserSerializer):
    """The JSON of an author, for the description of the API."""

    bio = serializers.CharField(allow_blank=True)
    joined = serializers.DateTimeField()
    posts_count = serializers.IntegerField(min_value=0, max_value=MAX_COUNTED, help_text=_COUNTED)
    comments_count = serializers.IntegerField(
        min_value=0, max_value=MAX_COUNTED, help_text=_COUNTED
    )
    likes_count = serializers.IntegerField(
        min_value=0,
        max_value=MAX_COUNTED,
        help_text=f"Likes of the newest {MAX_COUNTED} posts. {_COUNTED}",
    )


class AuthorPostsSerializer(serializers.Serializer[Any]):
    """A page of an author's posts, for the description of the API."""

    posts = PostSerializer(many=True)
    author = AuthorSerializer()
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")
    mentioned = MENTIONED


class PlaceSerializer(serializers.Serializer[Any]):
    """The post that a comment is on, for the description of the API."""

    url = serializers.CharField()
    user = UserSerializer()


class WrittenCommentSerializer(CommentSerializer):
    """A comment apart from its post, for the description of the API."""

    url = serializers.CharField(help_text="Where its post's page shows it, relative to this site.")
    post = PlaceSerializer()


class AuthorCommentsSerializer(serializers.Serializer[Any]):
    """A page of an author's comments, for the description of the API."""

    comments = WrittenCommentSerializer(many=True)
    author = AuthorSerializer()
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")
    mentioned = MENTIONED


class AuthorsQuery(Query):
    """The query string of `GET /api/authors/`."""

    q = serializers.CharField(
        max_length=MAX_NAME_CHARACTERS,
        help_text="The beginning of a username or of a word of a name; an @ before it is ignored.",
    )

    def validate_q(self, value: str) -> str:
        """Return the beginning in lower case."""
        if not (beginning := normalized(tidy(value).removeprefix("@"))):
            raise serializers.ValidationError("There is no name in it to look for.")
        return beginning


class PeopleSerializer(serializers.Serializer[Any]):
    """The JSON of `GET /api/authors/`, for the description of the API."""

    people = UserSerializer(many=True)


class Authors(SharedJSON):
    """`GET /api/authors/`."""

    @extend_schema(
        operation_id="authors", parameters=[AuthorsQuery], responses=PeopleSerializer, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """Find up to eight people by the beginning of a name, to complete a mention.

        First come those whose username begins so. From three letters on, the other words of their
        names count too, and accents don't matter.
        """
        query = AuthorsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        limits.check("completions", request=request._request)  # noqa: SLF001 -- DRF's name
        return self.respond(request, partial(pages.get_people_page, query.validated_data["q"]))


class Author(SharedJSON):
    """`GET /api/authors/<username>/`."""

    @extend_schema(operation_id="author", responses=AuthorSerializer, auth=[])
    def get(self, request: Request, username: str) -> HttpResponse:
        """Read an author's profile and numbers."""
        try:
            return self.respond(request, partial(pages.get_author_page, username), _author)
        except User.DoesNotExist as error:
            raise Http404 from error


class _Written(SharedJSON):
    view: View

    def page(self, request: Request, username: str) -> HttpResponse:
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        after, limit = query.validated_data.get("cursor"), query.validated_data["limit"]
        # Such pages are kept by one process alone.
        if after is not None or limit != pages.DEFAULT_LIMIT:
            limits.check("uncached_reads", request=request._request)  # noqa: SLF001 -- DRF's name
        read = partial(pages.get_author_page, username, self.view, after=after, limit=limit)
        try:
            return self.respond(request, read)
        except User.DoesNotExist as error:
            raise Http404 from error


class Posts(_Written):
    """`GET /api/authors/<username>/posts/`."""

    view = "posts"

    @extend_schema(
        operation_id="author_posts",
        parameters=[FeedQuery],
        responses=AuthorPostsSerializer,
        auth=[],
    )
    def get(self, request: Request, username: str) -> HttpResponse:
        """Read an author's posts, newest first."""
        return self.page(request, username)


class Comments(_Written):
    """`GET /api/authors/<username>/comments/`."""

    view = "comments"

    @extend_schema(
        operation_id="author_comments",
        parameters=[FeedQuery],
        responses=AuthorCommentsSerializer,
        auth=[],
    )
    def get(self, request: Request, username: str) -> HttpResponse:
        """Read an author's comments, newest first."""
        return self.page(request, username)


def _author(served: Served) -> bytes:
    text = json.dumps(served.page.data["author"], ensure_ascii=False, separators=(",", ":"))
    return text.encode()
