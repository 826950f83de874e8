"""warm_feed: what it fills is found by whoever reads next, in any process."""

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
    """What it says. Its process ends, and with it all that it had in memory."""
    out = StringIO()
    call_command("warm_feed", stdout=out, **options)
    feed.cache.reset()
    return out.getvalue()


@pytest.mark.redis
@pytest.mark.parametrize("limit", ["", "?limit=10", "?limit=50"])
def test_the_first_page_is_there_for_the_next_reader(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, limit: str
) -> None:
    PostFactory.create_batch(30)
    assert _warm() == "Pages: 3 filled.\n"
    with django_assert_num_queries(0):
        assert client.get(f"/api/feed/{limit}")["Cache-Status"].startswith("feed; hit")


@pytest.mark.redis
def test_older_pages_are_filled_as_far_as_asked(client: Client) -> None:
    PostFactory.create_batch(70)
    assert _warm(older=2) == "Pages: 5 filled.\n"
    path, statuses = "/api/feed/", []
    for _ in range(4):
        response = client.get(path)
        statuses.append(response["Cache-Status"].split(";")[1].strip())
        path = f"/api/feed/?cursor={response.json()['next']}"
    assert statuses == ["hit", "hit", "hit", "fwd=miss"]


@pytest.mark.redis
def test_older_pages_end_where_the_feed_does() -> None:
    PostFactory.create_batch(30)
    assert _warm(older=1_000) == "Pages: 4 filled.\n"


@pytest.mark.redis
def test_the_authors_who_wrote_last_are_filled(client: Client) -> None:
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
        assert _warm(older=1) == "Pages: 4 there already.\n"


@pytest.mark.redis
def test_after_a_change_it_fills_again() -> None:
    PostFactory.create()
    _warm()
    PostFactory.create()
    assert _warm() == "Pages: 3 filled.\n"


@pytest.mark.redis
def test_what_is_filled_ends_like_any_other_page(settings: Settings) -> None:
    _warm()
    redis = get_redis_connection("default")
    keys = list(redis.scan_iter("*{feed:global}:page:*"))
    assert len(keys) == 3
    for key in keys:
        assert 0 < redis.pttl(key) <= 1000 * settings.FEED["TTL_SECONDS"]["feed"]


@pytest.mark.redis
def test_a_running_site_serves_what_was_filled(serve: Callable[..., Site]) -> None:
    PostFactory.create()
    _warm()
    site = serve(WEB_WORKERS="2")
    for _ in range(20):
        assert site.get("/api/feed/").headers["Cache-Status"].startswith("feed; hit")


def test_without_redis_it_says_that_there_is_nothing_to_warm(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.REDIS_URL = None
    with django_assert_num_queries(0):
        assert "no Redis is configured" in _warm()


@pytest.mark.redis
def test_with_redis_away_it_fails_rather_than_fill_its_own_memory(
    settings: Settings, redis_server: RedisServer
) -> None:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": redis_server.url}}
    redis_server.kill()
    with pytest.raises(CommandError, match="Redis does not answer") as failure:
        _warm()
    assert failure.value.returncode == 1


@pytest.mark.parametrize("options", [{"older": -1}, {"authors": 1_001}])
def test_numbers_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="from 0 to"):
        _warm(**options)
