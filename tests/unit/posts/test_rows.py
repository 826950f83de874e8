"""Rows against model objects: the same JSON, for whatever the tables hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from feed import queries
from feed.authors import active_author
from feed.cursors import Cursor
from posts.compiled_query import CompiledQuery, Parameter
from posts.models import Comment, CommentLike, Like, Post, User
from posts.rows import PostRow
from posts.serializers import comment_json, moment_json, post_json, user_json
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db

# What both databases store: no surrogates, and no NUL, which PostgreSQL refuses.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
MOMENT = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
FILE = st.sampled_from(["", "posts/0123456789abcdef0123456789abcdef.webp", "posts/a b%.webp"])
AUTHOR = st.fixed_dictionaries(
    {"display_name": TEXT, "first_name": TEXT, "last_name": TEXT, "avatar": FILE, "bio": TEXT}
)
MORE = st.fixed_dictionaries(
    {
        "name": FILE.filter(bool),
        "alt": TEXT,
        "width": st.integers(1, 10_000),
        "height": st.integers(1, 10_000),
        "bytes": st.integers(1, 10_000),
    }
)
POST = st.fixed_dictionaries(
    {
        "content": TEXT.filter(bool),
        "image": FILE,
        "image_alt": TEXT,
        "more_images": st.lists(MORE, max_size=3),
        "image_url": st.sampled_from(["", "https://example.org/ä.png"]),
        "size": st.none() | st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
)
World = dict[str, Any]
WORLD = st.fixed_dictionaries(
    {
        "authors": st.lists(st.tuples(AUTHOR, st.booleans()), min_size=1, max_size=3),
        "posts": st.lists(POST, min_size=1, max_size=5),
        "comments": st.lists(st.tuples(TEXT.filter(bool), MOMENT, st.booleans()), max_size=5),
        "likes": st.integers(0, 3),
    }
)


def post(author: User, size: tuple[int, int] | None, **fields: Any) -> Post:
    width, height = size or (None, None)
    return Post(author=author, image_width=width, image_height=height, **fields)


@contextmanager
def tables(world: World) -> Iterator[list[User]]:
    """Fill the tables, and empty them again."""
    with transaction.atomic():
        people = [
            UserFactory.create(username=f"author{number}", is_active=active, **fields)
            for number, (fields, active) in enumerate(world["authors"])
        ]
        posts = Post.objects.bulk_create(
            post(people[number % len(people)], **fields)
            for number, fields in enumerate(world["posts"])
        )
        parent: Comment | None = None
        for number, (content, moment, replies) in enumerate(world["comments"]):
            parent = Comment.objects.create(
                post=posts[0],
                author=people[number % len(people)],
                content=content,
                created_at=moment,
                reply_to=parent if replies else None,
                edited_at=moment if replies else None,
            )
            if replies:
                CommentLike.objects.create(comment=parent, user=people[0])
        for number in range(world["likes"]):
            Like.objects.create(post=posts[0], user=UserFactory.create(username=f"liker{number}"))
        yield people
        transaction.set_rollback(True)


def posts_by_models(condition: Q) -> list[Post]:
    posts = Post.objects.visible().filter(condition)
    return list(posts.select_related("author").with_counts().newest_first())


@settings(max_examples=50)
@given(WORLD)
def test_posts_from_rows_are_the_posts_from_models(world: World) -> None:
    with tables(world) as people:
        expected = posts_by_models(Q())
        rows = queries.feed_posts(after=None, limit=50)
        assert [post_json(row) for row in rows] == [post_json(post) for post in expected]
        for number, post in enumerate(expected):
            place = Cursor(post.created_at, post.pk)
            after = queries.feed_posts(after=place, limit=50)
            assert [row.pk for row in after] == [later.pk for later in expected[number + 1 :]]
            assert post_json(queries.visible_post(post.pk)) == post_json(post)
        for author in people:
            found = queries.author_posts(author.pk, after=None, limit=50)
            theirs = posts_by_models(Q(author=author))
            assert [post_json(row) for row in found] == [post_json(post) for post in theirs]


@settings(max_examples=50)
@given(WORLD)
def test_authors_and_comments_from_rows_are_those_from_models(world: World) -> None:
    with tables(world) as people:
        for author in people:
            if author.is_active:
                profile = active_author(author.username).profile
                assert user_json(profile.author) == user_json(author)
                joined = moment_json(profile.date_joined)
                assert (profile.bio, joined) == (author.bio, moment_json(author.date_joined))
            else:
                with pytest.raises(User.DoesNotExist):
                    active_author(author.username)
        post = Post.objects.earliest("pk")
        comments = Comment.objects.visible().with_counts().filter(post=post)
        comments = comments.order_by("created_at", "id")
        expected = list(comments.select_related("author", "reply_to__author"))
        found = queries.post_comments(post.pk, after=None, limit=50)
        assert [comment_json(row) for row in found] == [comment_json(one) for one in expected]
        for row, comment in zip(found, expected, strict=True):
            if comment.reply_to is None:
                assert row.reply_to is None
            else:
                assert row.reply_to is not None
                assert user_json(row.reply_to.author) == user_json(comment.reply_to.author)
                assert row.reply_to.author.is_active == comment.reply_to.author.is_active
                assert row.reply_to.created_at == comment.reply_to.created_at


@pytest.mark.parametrize("text", ["plain", "100%", "a_b", "it's", 'say "so"', "back\\slash", "%s"])
def test_words_with_signs_of_sql_are_found_as_they_are(text: str) -> None:
    PostFactory.create(content="something else")
    post = PostFactory.create(content=f"before {text} after")
    found = queries.search_posts(text, after=None, limit=5)
    assert [row.pk for row in found] == [post.pk]


def by_pk() -> CompiledQuery[PostRow]:
    posts = Post.objects.with_counts().filter(pk=Parameter("pk", Post._meta.pk))
    return CompiledQuery(PostRow.select(posts), PostRow.of)


def test_a_query_is_compiled_once_and_takes_other_values(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first, second = PostFactory.create_batch(2)
    wanted = Parameter("pk", Post._meta.pk)
    compiled = CompiledQuery(
        PostRow.select(Post.objects.with_counts().filter(pk=wanted)), PostRow.of
    )
    for post in (first, second, first):
        with django_assert_num_queries(1):
            assert [row.pk for row in compiled.rows(pk=post.pk)] == [post.pk]


def test_a_value_that_is_not_given_is_an_error() -> None:
    wanted = Parameter("pk", Post._meta.pk)
    compiled = CompiledQuery(
        PostRow.select(Post.objects.with_counts().filter(pk=wanted)), PostRow.of
    )
    with pytest.raises(KeyError, match="pk"):
        compiled.rows()
    assert connection.is_usable()
