"""The storage of images when the disk is full."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from posts.images import PreparedImage
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import problem, signed_in
from tests.unit.posts.sample_images import stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

SAID = "can\u2019t be stored just now"


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: files can be created, but not written."""

    def fail(*_: Any) -> Iterator[bytes]:
        assert any(Path(settings.MEDIA_ROOT).rglob("*.webp"))  # the file was created
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(PreparedImage, "chunks", fail)


@pytest.mark.usefixtures("full_disk")
def test_new_post_on_a_full_disk_keeps_its_text_and_leaves_no_file() -> None:
    parts = {"content": "kept text", "image": upload(), "image_alt": "kept alt"}
    response = signed_in().post("/posts/new/", parts)
    assert response.status_code == 507
    page = response.content.decode()
    assert all(words in page for words in (SAID, "kept text", "kept alt"))
    assert not Post.objects.exists()
    assert not stored()


@pytest.mark.usefixtures("full_disk")
def test_edit_and_profile_on_a_full_disk_keep_their_text() -> None:
    post = PostFactory.create()
    client = signed_in(post.author)
    response = client.post(f"/posts/{post.pk}/edit/", {"content": "kept", "image": upload()})
    assert response.status_code == 507
    assert "kept" in response.content.decode()
    profile = {"display_name": "kept name", "bio": "", "avatar": upload()}
    response = client.post("/accounts/profile/", profile)
    assert response.status_code == 507
    assert "kept name" in response.content.decode()
    assert not stored()


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_api_answers_with_a_problem_on_a_full_disk(method: str) -> None:
    post = PostFactory.create()
    path = "/api/posts/" if method == "POST" else f"/api/posts/{post.pk}/"
    body = encode_multipart(BOUNDARY, {"content": "x", "image": upload()})
    client = signed_in(post.author)
    client.raise_request_exception = False
    response = client.generic(method, path, body, MULTIPART_CONTENT)
    assert SAID in problem(response, 507)["detail"]
    assert Post.objects.get().content == post.content
    assert not stored()


def test_directory_that_can_not_be_written_gives_507(media: Path) -> None:
    media.write_text("a file where the directory was")
    response = signed_in(UserFactory.create()).post(
        "/posts/new/", {"content": "kept text", "image": upload()}
    )
    assert response.status_code == 507
    assert "kept text" in response.content.decode()
