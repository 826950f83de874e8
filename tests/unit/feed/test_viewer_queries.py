"""Queries about a viewer: the compiled ones find what the ORM finds."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from feed.viewer_queries import Marks, account, fingerprint, viewer_marks
from posts.models import Mute, User
from tests.factories import CommentLikeFactory, LikeFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("count", [0, 1, 2, 20, 21, 60, 61, 130])
def test_marks_are_those_on_the_page(count: int) -> None:
    ada, other = UserFactory.create_batch(2)
    people = UserFactory.create_batch(3)
    posts = PostFactory.create_batch(4, author=people[0])
    for user, post in ((ada, posts[0]), (ada, posts[1]), (ada, posts[3]), (other, posts[2])):
        LikeFactory.create(user=user, post=post)
    Mute.objects.create(user=ada, muted=people[1])
    Mute.objects.create(user=other, muted=people[2])
    foreign = range(10**9, 10**9 + count)
    expected = Marks(
        frozenset({str(posts[0].pk), str(posts[1].pk)}), frozenset({str(people[1].pk)})
    )
    shown = [post.pk for post in posts[:3]]
    authors = [user.pk for user in people]
    assert viewer_marks(ada.pk, posts=[*foreign, *shown], authors=[*authors, *foreign]) == expected
    assert viewer_marks(ada.pk, posts=foreign, authors=foreign) == Marks()


@pytest.mark.parametrize("count", [1, 21])
def test_likes_of_comments_take_no_further_query(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ada = UserFactory.create()
    likes = CommentLikeFactory.create_batch(count, user=ada)
    others = CommentLikeFactory.create_batch(2)
    unasked = CommentLikeFactory.create(user=ada)
    # The post of the same id is not liked.
    LikeFactory.create(user=ada, post=PostFactory.create(pk=others[0].comment_id + 10**6))
    comments = [like.comment_id for like in [*likes, *others]]
    with django_assert_num_queries(1):
        marks = viewer_marks(ada.pk, posts=comments, authors=comments, comments=comments)
    assert marks == Marks(liked_comments=frozenset(str(like.comment_id) for like in likes))
    assert str(unasked.comment_id) not in marks.liked_comments


@pytest.fixture
def session_key(client: Client) -> str:
    client.force_login(UserFactory.create(username="ada", display_name="Ada", avatar="a/b.webp"))
    assert client.session.session_key
    return client.session.session_key


def test_account_has_the_fingerprint_of_its_user(session_key: str) -> None:
    ada = User.objects.get(username="ada")
    assert account(ada.pk, session_key) == fingerprint(ada)
    assert account(UserFactory.create().pk, session_key) != fingerprint(ada)


def test_ended_session_has_no_account(session_key: str) -> None:
    ada = User.objects.get(username="ada")
    assert account(ada.pk, "another") is None
    assert account(0, session_key) is None
    Session.objects.update(expire_date=timezone.now())
    assert account(ada.pk, session_key) is None


@pytest.mark.parametrize("column", [field.attname for field in User._meta.concrete_fields])
def test_each_column_changes_the_fingerprint(column: str) -> None:
    ada = UserFactory.create()
    before, value = fingerprint(ada), getattr(ada, column)
    setattr(ada, column, not value if isinstance(value, bool) else f"{value}x")
    assert fingerprint(ada) != before
