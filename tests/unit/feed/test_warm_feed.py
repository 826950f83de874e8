"""warm_feed: the pages it fills are hits for the next readers, in any process."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import DjangoAssertNumQueries, Settings

import feed.cache
from tests.factories import PostFactory, UserFactory
from tests.servers import RedisServer
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def _warm(**options: int) -> str:
    """Run the command, and return its output. Its memory is lost, as when its process ends."""
    out = StringIO()
    call_command("warm_feed", stdout=out, **options)
    feed.cache.reset()
    return out.getvalue()


@pytest.mark.redis
@pytest.mark.parametrize("limit", ["", "?limit=10", "?limit=50"])
def test_first_page_is_a_hit_after_warming(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, limit: str
) -> None:
    PostFactory.create_batch(30)
    assert _warm() == "Pages: 3 filled.\n"
    with django_assert_num_queries(0):
        assert client.get(f"/api/feed/{limit}")["Cache-Status"].startswith("feed; hit")


@pytest.mark.redis
def test_older_pages_are_filled_up_to_the_given_number(client: Client) -> None:
    PostFactory.create_batch(70)
    assert _warm(older=2) == "Pages: 5 filled.\n"
    path, statuses = "/api/feed/", []
    for _ in range(4):
        response = client.get(path)
        statuses.append(response["Cache-Status"].split(";")[1].strip())
        path = f"/api/feed/?cursor={response.json()['next']}"
    assert statuses == ["hit", "hit", "hit", "fwd=miss"]


@pytest.mark.redis
def test_filling_older_pages_stops_at_the_end_of_the_feed() -> None:
    PostFactory.create_batch(30)
    assert _warm(older=1_000) == "Pages: 4 filled.\n"


@pytest.mark.redis
def test_pages_of_the_authors_with_the_newest_posts_are_filled(client: Client) -> None:
    last, before, hidden, longest_ago, _ = (
        UserFactory.create(),
        UserFactory.create(),
        UserFactory.create(is_active=False),
        UserFactory.create(),
        UserFactory.create(),  # has written nothing
    )
    for author in (last, longest_ago, before, hidden, last):
        PostFactory.create(author=author)
    assert _warm(authors=2) == "Pages: 5 filled.\n"
    hits = {
        author: client.get(f"/authors/{author.username}/")["Cache-Status"].startswith("feed; hit")
        for author in (last, before, longest_ago)
    }
    assert hits == {last: True, before: True, longest_ago: False}


@pytest.mark.redis
def test_a_second_run_loads_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PostFactory.create_batch(30)
    _warm(older=1)
    with django_assert_num_queries(0):
        assert _warm(older=1) == "Pages: 4 filled already.\n"


@pytest.mark.redis
def test_pages_are_filled_again_after_a_change() -> None:
    PostFactory.create()
    _warm()
    PostFactory.create()
    assert _warm() == "Pages: 3 filled.\n"


@pytest.mark.redis
def test_filled_pages_have_the_usual_ttl(settings: Settings) -> None:
    _warm()
    redis = get_redis_connection("default")
    keys = list(redis.scan_iter("*{feed:global}:page:*"))
    assert len(keys) == 3
    for key in keys:
        assert 0 < redis.pttl(key) <= 1000 * settings.FEED["TTL_SECONDS"]["feed"]


@pytest.mark.redis
def test_running_site_serves_filled_pages_as_hits(serve: Callable[..., Site]) -> None:
    PostFactory.create()
    _warm()
    site = serve(WEB_WORKERS="2")
    for _ in range(20):
        assert site.get("/api/feed/").headers["Cache-Status"].startswith("feed; hit")


def test_without_redis_nothing_is_filled_and_the_command_says_so(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.REDIS_URL = None
    with django_assert_num_queries(0):
        assert "no Redis is configured" in _warm()


@pytest.mark.redis
def test_command_fails_if_redis_does_not_answer(
    settings: Settings, redis_server: RedisServer
) -> None:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": redis_server.url}}
    redis_server.kill()
    with pytest.raises(CommandError, match="Redis does not answer") as failure:
        _warm()
    assert failure.value.returncode == 1


@pytest.mark.parametrize("options", [{"older": -1}, {"authors": 1_001}])
def test_numbers_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="from 0 to"):
        _warm(**options)
