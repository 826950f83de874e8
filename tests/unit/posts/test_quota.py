"""The storage quota of an account: which images count, and what frees room."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from posts.models import Post, User
from posts.quota import used_bytes
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import signed_in
from tests.unit.posts.sample_images import stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


def write(client: Client, **parts: Any) -> int:
    parts = {"content": f"Post {Post.objects.count()}", "image": upload(), **parts}
    return int(client.post("/posts/new/", parts).status_code)


@pytest.fixture
def author(settings: Settings) -> User:
    """An account with one image, and room for two and a half such images."""
    user: User = UserFactory.create()
    assert write(signed_in(user)) == 302
    settings.STORAGE_QUOTA_MB = used_bytes(user) * 2.5 / 1_000_000
    return user


def test_images_of_posts_and_the_avatar_count(author: User, settings: Settings) -> None:
    settings.STORAGE_QUOTA_MB = 1
    one = used_bytes(author)
    assert one == Post.objects.get().image.size
    profile = {"display_name": "", "bio": "", "avatar": upload()}
    assert signed_in(author).post("/accounts/profile/", profile).status_code == 302
    author.refresh_from_db()
    assert author.avatar_bytes == author.avatar.size > 0
    assert used_bytes(author) == one + author.avatar_bytes


def test_full_account_stores_text_but_no_image(author: User) -> None:
    client = signed_in(author)
    assert write(client) == 302
    files = stored()
    assert write(client) == 422
    assert stored() == files
    assert write(client, image="") == 302


def test_avatar_beyond_the_quota_is_refused(author: User, settings: Settings) -> None:
    settings.STORAGE_QUOTA_MB = used_bytes(author) / 1_000_000
    profile = {"display_name": "Kept name", "bio": "", "avatar": upload()}
    response = signed_in(author).post("/accounts/profile/", profile)
    assert response.status_code == 422
    assert "Remove an image first." in response.content.decode()
    assert "Kept name" in response.content.decode()
    author.refresh_from_db()
    assert (author.avatar.name, author.display_name) == ("", "")


@pytest.mark.parametrize("by", ["delete", "remove", "api"])
def test_removed_image_makes_room(author: User, by: str) -> None:
    client = signed_in(author)
    assert [write(client), write(client)] == [302, 422]
    post = Post.objects.earliest("pk")
    if by == "delete":
        client.post(f"/posts/{post.pk}/delete/")
    elif by == "remove":
        client.post(f"/posts/{post.pk}/edit/", {"content": "x", "remove_image": "on"})
    else:
        body = {"image_url": None}
        client.patch(f"/api/posts/{post.pk}/", body, content_type="application/json")
    assert write(client) == 302


def test_full_account_can_replace_an_image(author: User) -> None:
    client = signed_in(author)
    assert [write(client), write(client)] == [302, 422]
    post = Post.objects.latest("pk")
    before = post.image.name
    response = client.post(f"/posts/{post.pk}/edit/", {"content": "x", "image": upload()})
    assert response.status_code == 302
    post.refresh_from_db()
    assert post.image.name != before
    assert post.image_bytes == post.image.size


def test_image_set_by_staff_counts_for_the_author(author: User) -> None:
    post = PostFactory.create(author=author)
    staff = UserFactory.create(is_staff=True, is_superuser=True)
    before = used_bytes(author)
    path = f"/posts/{post.pk}/edit/"
    signed_in(staff).post(path, {"content": "x", "image": upload()})
    assert used_bytes(author) > before
    assert used_bytes(staff) == 0


def test_rows_without_a_size_count_nothing() -> None:
    post = PostFactory.create(image="posts/a.webp")
    assert used_bytes(post.author) == 0
