"""ETags of signed-in pages: they match until the page differs for this viewer."""

from collections.abc import Callable

import pytest
from django.contrib.messages import constants
from django.http import HttpResponse
from django.test import Client

from feed.viewers import known_viewers
from posts.messages import MessagesCookie
from posts.models import Mute, Post, User
from tests.factories import LikeFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(content="FIRST")
    return post


@pytest.fixture
def ada() -> User:
    ada: User = UserFactory.create(username="ada")
    return ada


@pytest.fixture
def client(ada: User, post: Post) -> Client:
    """A signed-in client that has read the page before."""
    client = Client(headers={"host": "localhost"})
    client.force_login(ada)
    client.get("/")
    return client


def status(client: Client, etag: str, path: str = "/") -> int:
    return client.get(path, headers={"If-None-Match": etag}).status_code


def test_etag_matches_though_the_csrf_token_is_masked_anew(client: Client) -> None:
    first, second = client.get("/"), client.get("/")
    assert first.content != second.content
    assert first["ETag"] == second["ETag"]
    assert first["ETag"].startswith('W/"')
    again = client.get("/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "private, no-cache"


def test_csrf_token_of_a_stored_page_is_valid(client: Client, post: Post) -> None:
    page = client.get("/")
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies = client.cookies
    assert status(strict, page["ETag"]) == 304
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].split('"')[0]
    form = {"csrfmiddlewaretoken": token, "content": "SECOND"}
    assert strict.post("/posts/new/", form).status_code == 302
    assert Post.objects.filter(content="SECOND").exists()


def likes(ada: User, post: Post, client: Client) -> None:
    LikeFactory.create(user=ada, post=post)


def mutes(ada: User, post: Post, client: Client) -> None:
    Mute.objects.create(user=ada, muted=post.author)


def posts(ada: User, post: Post, client: Client) -> None:
    PostFactory.create(author=ada)


def is_called_otherwise(ada: User, post: Post, client: Client) -> None:
    ada.display_name = "Ada Lovelace"
    ada.save()


def becomes_staff(ada: User, post: Post, client: Client) -> None:
    ada.is_staff = True
    ada.save()


def signs_in_again(ada: User, post: Post, client: Client) -> None:
    """With a new secret: what the page kept would be refused."""
    client.logout()
    client.force_login(ada)


def is_told_something(ada: User, post: Post, client: Client) -> None:
    storage, response = MessagesCookie(client.get("/").wsgi_request), HttpResponse()
    storage.add(constants.INFO, "Well done.")
    storage.update(response)
    client.cookies.update(response.cookies)


@pytest.mark.parametrize(
    "happens",
    [likes, mutes, posts, is_called_otherwise, becomes_staff, signs_in_again, is_told_something],
)
def test_changed_page_has_another_etag(
    happens: Callable[[User, Post, Client], None], ada: User, post: Post, client: Client
) -> None:
    etag = client.get("/")["ETag"]
    assert status(client, etag) == 304
    happens(ada, post, client)
    # What is renewed softly otherwise, within a second; here at once, for who did it.
    known_viewers().forget()
    answer = client.get("/", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer["ETag"] != etag


def test_other_viewer_has_another_etag(client: Client) -> None:
    other = Client(headers={"host": "localhost"})
    other.force_login(UserFactory.create(username="bob"))
    assert status(other, client.get("/")["ETag"]) == 200
