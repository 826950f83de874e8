"""The quota of an account: what counts, and what makes room again."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from posts.models import Post, User
from posts.quota import used_bytes
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import signed_in
from tests.unit.posts.pictures import stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


def write(client: Client, **parts: Any) -> int:
    parts = {"content": f"Post {Post.objects.count()}", "image": upload(), **parts}
    return int(client.post("/posts/new/", parts).status_code)


@pytest.fixture
def author(settings: Settings) -> User:
    """An account with one image, and room for two and a half of the kind."""
    user: User = UserFactory.create()
    assert write(signed_in(user)) == 302
    settings.STORAGE_QUOTA_MB = used_bytes(user) * 2.5 / 1_000_000
    return user


def test_images_of_posts_and_the_picture_count(author: User, settings: Settings) -> None:
    settings.STORAGE_QUOTA_MB = 1
    one = used_bytes(author)
    assert one == Post.objects.get().image.size
    profile = {"display_name": "", "bio": "", "picture": upload()}
    assert signed_in(author).post("/accounts/profile/", profile).status_code == 302
    author.refresh_from_db()
    assert author.picture_bytes == author.picture.size > 0
    assert used_bytes(author) == one + author.picture_bytes


def test_beyond_it_nothing_is_stored_and_text_alone_still_is(author: User) -> None:
    client = signed_in(author)
    assert write(client) == 302
    files = stored()
    assert write(client) == 422
    assert stored() == files
    assert write(client, image="") == 302


def test_the_picture_of_a_person_is_refused_too(author: User, settings: Settings) -> None:
    settings.STORAGE_QUOTA_MB = used_bytes(author) / 1_000_000
    profile = {"display_name": "Kept name", "bio": "", "picture": upload()}
    response = signed_in(author).post("/accounts/profile/", profile)
    assert response.status_code == 422
    assert "Remove an image first." in response.content.decode()
    assert "Kept name" in response.content.decode()
    author.refresh_from_db()
    assert (author.picture.name, author.display_name) == ("", "")


@pytest.mark.parametrize("by", ["delete", "remove", "api"])
def test_what_is_removed_makes_room(author: User, by: str) -> None:
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


def test_an_image_may_take_the_place_of_another_where_no_more_fit(author: User) -> None:
    client = signed_in(author)
    assert [write(client), write(client)] == [302, 422]
    post = Post.objects.latest("pk")
    before = post.image.name
    response = client.post(f"/posts/{post.pk}/edit/", {"content": "x", "image": upload()})
    assert response.status_code == 302
    post.refresh_from_db()
    assert post.image.name != before
    assert post.image_bytes == post.image.size


def test_an_image_that_staff_put_into_a_post_counts_for_its_author(author: User) -> None:
    post = PostFactory.create(author=author)
    staff = UserFactory.create(is_staff=True, is_superuser=True)
    before = used_bytes(author)
    path = f"/posts/{post.pk}/edit/"
    signed_in(staff).post(path, {"content": "x", "image": upload()})
    assert used_bytes(author) > before
    assert used_bytes(staff) == 0


def test_rows_of_other_programs_and_older_releases_count_nothing() -> None:
    post = PostFactory.create(image="posts/a.webp")
    assert used_bytes(post.author) == 0
