"""Without the database, readers get the last good page, or a 503 with Retry-After."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from feed.cache import feed_cache
from feed.viewers import known_viewers
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.door import stopped_clock
from tests.unit.feed.outages import database_away
from tests.unit.feed.reading import PRIVATE, get, shown, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
FEED = "/api/feed/"


@pytest.fixture
def posts() -> list[Post]:
    """Forty-five posts of one moment by one author, newest first."""
    author = UserFactory.create(username="ada")
    rows = (Post(author=author, content=f"Post {n}", created_at=NOON) for n in range(45))
    return Post.objects.bulk_create(rows)[::-1]


@pytest.fixture
def _away(posts: list[Post]) -> Iterator[None]:
    """All pages were read and are of an old generation; then the database goes away."""
    for path in ("/", "/authors/ada/"):
        get(path)
    with database_away():
        feed_cache().invalidate("test")
        yield


@pytest.mark.usefixtures("_away")
@pytest.mark.parametrize("path", ["/", "/authors/ada/"])
def test_the_last_good_page_is_shown_with_a_notice_and_its_age(
    path: str, posts: list[Post]
) -> None:
    for response in (get(path), get(path)):
        assert shown(response) == [post.pk for post in posts[:20]]
        assert "be reached just now. This page is" in text(response)
        assert 'detail="database down"' in response["Cache-Status"]
        assert response["Cache-Control"] == PRIVATE
        assert int(response["Age"]) < 5
        assert not response.cookies


def test_signed_in_reader_gets_the_signed_out_page(posts: list[Post]) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(posts[0].author)
    assert "Sign out" in text(client.get("/"))
    known_viewers().forget()  # else this process knows them without asking
    with database_away():
        response = client.get("/")
    assert shown(response) == [post.pk for post in posts[:20]]
    assert "Sign out" not in text(response)
    assert response["Cache-Control"] == PRIVATE
    assert not response.cookies
    assert "Sign out" in text(client.get("/"))


@pytest.mark.parametrize("path", ["/", "/posts/1/"])
def test_uncached_page_is_a_503_with_retry_after(path: str) -> None:
    with database_away():
        response = get(path)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Cache-Control"] == "no-store"
    assert "be back in a moment" in text(response)


def test_api_serves_its_last_good_page_until_the_database_is_back(
    wait_until: Callable[..., None],
) -> None:
    clock = stopped_clock()
    post = PostFactory.create()
    before = get(FEED)
    with database_away():
        feed_cache().invalidate("test")
        for answer in (get(FEED), get(FEED)):
            assert answer.status_code == 200
            assert answer.content == before.content
            assert 'detail="database down"' in answer["Cache-Status"]
            assert answer["Cache-Control"] == PRIVATE
            assert answer["Age"] == "0"
    post.delete()
    clock.advance(1.5)
    wait_until(lambda: get(FEED).json()["posts"] == [])


def test_uncached_api_page_is_a_503_with_retry_after() -> None:
    client = Client(raise_request_exception=False)
    with database_away():
        answer = client.get(FEED)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "no-store"
    assert client.get(FEED).status_code == 200
