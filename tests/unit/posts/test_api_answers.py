"""The answer to a write is made without reading: it is what a read answers afterwards."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.test import APIClient

from posts.inputs import PostInput
from posts.models import Comment, Like, User
from posts.serializers import comment_json
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.posts.sample_images import upload

pytestmark = pytest.mark.django_db

# What both databases store: no surrogates, and no NUL, which PostgreSQL refuses.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
CONTENT = TEXT.filter(str.strip)
NAMES = {"display_name": TEXT, "first_name": TEXT, "last_name": TEXT}
NAMES["avatar"] = st.sampled_from(["", "people/0123456789abcdef0123456789abcdef.webp"])


@pytest.fixture(autouse=True)
def _many_writes(settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "writes": (1_000_000, 60), "uploads": (1_000, 60)}


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def read(pk: Any) -> Any:
    return Client().get(f"/api/posts/{pk}/").json()


@given(st.fixed_dictionaries(NAMES), CONTENT, TEXT)
@settings(max_examples=30)
def test_new_post_is_answered_as_it_is_read(names: dict[str, str], text: str, alt: str) -> None:
    author = UserFactory.create(**names)
    body = {"content": text, "image_alt": alt}
    answer = client_of(author).post("/api/posts/", body, format="json").json()
    assert answer == read(answer["id"])


@given(CONTENT, st.integers(0, 2), st.integers(0, 2))
@settings(max_examples=20)
def test_edited_post_is_answered_as_it_is_read(text: str, likes: int, comments: int) -> None:
    post = PostFactory.create()
    LikeFactory.create_batch(likes, post=post)
    CommentFactory.create_batch(comments, post=post)
    for method in ("patch", "put"):
        send = getattr(client_of(post.author), method)
        answer = send(f"/api/posts/{post.pk}/", {"content": text}, format="json").json()
        assert answer == read(post.pk)
        assert (answer["likes_count"], answer["comments_count"]) == (likes, comments)


@pytest.mark.usefixtures("media")
def test_post_with_an_image_is_answered_as_it_is_read() -> None:
    client = client_of(UserFactory.create())
    parts = {"content": "Look!", "image": upload(), "image_alt": "Red and blue"}
    new = client.post("/api/posts/", parts, format="multipart").json()
    assert new["image_url"]
    assert new == read(new["id"])
    path = f"/api/posts/{new['id']}/"
    replaced = client.patch(path, {"image": upload()}, format="multipart").json()
    assert replaced["edited"]
    assert replaced == read(new["id"])
    assert client.patch(path, {"image_url": None}, format="json").json() == read(new["id"])


@given(st.fixed_dictionaries(NAMES), CONTENT, st.booleans())
@settings(max_examples=20)
def test_new_comment_is_answered_as_it_is_read(
    names: dict[str, str], text: str, reply: bool
) -> None:
    author, post = UserFactory.create(**names), PostFactory.create()
    body = {"content": text}
    if reply:
        body["reply_to"] = str(CommentFactory.create(post=post).pk)
    client = client_of(author)
    answer = client.post(f"/api/posts/{post.pk}/comments/", body, format="json").json()
    assert answer == comment_json(Comment.objects.with_counts().get(pk=answer["id"]))


@pytest.mark.parametrize("before", [0, 2])
def test_like_is_answered_with_the_number_of_likes(before: int) -> None:
    post, user = PostFactory.create(), UserFactory.create()
    LikeFactory.create_batch(before, post=post)
    client, path = client_of(user), f"/api/posts/{post.pk}/like/"
    for method, liked in [("put", True), ("put", True), ("delete", False), ("delete", False)]:
        answer = getattr(client, method)(path).json()
        likes = Like.objects.filter(post=post)
        assert answer == {"liked": liked, "likes_count": likes.count()}
        assert likes.filter(user=user).exists() == liked


def test_requests_share_no_fields() -> None:
    first, second = (PostInput(data={}, context={"image_url": url}) for url in "ab")
    for name, field in first.fields.items():
        other = second.fields[name]
        assert (field.context, other.context) == ({"image_url": "a"}, {"image_url": "b"})
