"""Uploaded images over HTTP."""

from contextlib import closing
from pathlib import Path

import pytest
from django.test import Client

from posts.images import for_avatar
from tests.factories import UserFactory
from tests.unit.posts.sample_images import encoded, half_and_half

NAME = "0123456789abcdef0123456789abcdef.webp"


@pytest.fixture
def path(media: Path) -> str:
    (media / "people").mkdir(parents=True)
    (media / "people" / NAME).write_bytes(for_avatar(encoded(half_and_half((9, 9)))).read())
    return f"/media/people/{NAME}"


def test_image_is_immutable_and_only_an_image(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert b"".join(response)[8:12] == b"WEBP"
    assert not response.cookies
    assert not response.has_header("Vary")


@pytest.mark.django_db
def test_image_reads_no_session(path: str) -> None:
    client = Client()
    client.force_login(UserFactory.create())
    response = client.get(path)
    assert response["Cache-Control"].startswith("public")
    assert not response.has_header("Vary")
    response.close()


def test_images_accept_only_safe_methods(path: str) -> None:
    with closing(Client().head(path)) as response:
        assert response.status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/media/people/ffffffffffffffffffffffffffffffff.webp",
        f"/media/posts/{NAME}",
        f"/media/{NAME}",
        f"/media/other/{NAME}",
        "/media/people/",
        "/media/people/../secret.webp",
        "/media/people/%2e%2e/secret.webp",
        "/media/people/secret.webp",
        f"/media/people/{NAME}.html",
        f"/media/people/{NAME}%0a",
        f"/media/people/{NAME.upper()}",
    ],
)
def test_other_paths_are_not_found(path: str, media: Path, address: str) -> None:
    for place in (media, media / "people", media / "other"):
        place.mkdir(exist_ok=True)
        (place / "secret.webp").write_bytes(b"secret")
    (media / "other" / NAME).write_bytes(b"secret")
    response = Client().get(address)
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"
