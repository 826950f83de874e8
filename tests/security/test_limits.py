"""Limits under attack: concurrent requests, evictions in Redis, and Redis down."""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core import mail
from django.test import Client
from PIL import Image
from pytest_django import Settings

from feed.cursors import Cursor
from posts import counters, limits, tokens
from tests.factories import PostFactory, UserFactory
from tests.servers import EMBEDDED, RedisServer
from tests.site import Site
from tests.unit.freshcache.threads import Threads
from tests.unit.posts.calls import HELLO, call, problem, signed_in
from tests.unit.posts.sample_images import upload
from tests.unit.posts.test_views import page

Serve = Callable[..., Site]
WRONG = {"username": "ada", "password": "wrong"}
TOKEN = "/api/auth/token/"


@pytest.fixture(params=["volatile-lfu", "volatile-lru", "volatile-ttl"])
def small_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A small Redis, once with each policy that evicts only keys with a TTL."""
    with ExitStack() as stack:
        server = RedisServer("--maxmemory", "16mb", "--maxmemory-policy", request.param)
        stack.callback(server.kill)
        server.start()
        yield server


def limited(settings: Settings, **scopes: tuple[int, int]) -> None:
    settings.LIMITS = {**settings.LIMITS, **scopes}


def guess(site: Site) -> int:
    return site.request("POST", TOKEN, body=WRONG).status


def flood(server: RedisServer) -> int:
    """Fill it with pages until keys are evicted; return the number of evicted keys."""
    with server.client() as client:
        for number in range(400):
            pipeline = client.pipeline()
            for place in range(10):
                pipeline.set(f"feedsite:1:page:{number}:{place}", "x" * 10_000, ex=100_000)
            pipeline.execute()
        return int(client.info("stats")["evicted_keys"])


@pytest.mark.parametrize("workers", ["1"] if EMBEDDED else ["1", "2"])
def test_concurrent_writes_do_not_pass_the_limit(serve: Serve, workers: str) -> None:
    user, post = UserFactory.create(), PostFactory.create()
    token = {"Authorization": f"Bearer {tokens.issue(user).secret}"}
    # A busy machine must not look like an outage of Redis, in which each worker counts by itself.
    site = serve(WEB_WORKERS=workers, LIMIT_WRITES="120/hour", REDIS_TIMEOUT="2")
    answers: Counter[int] = Counter()
    lock, threads = threading.Lock(), Threads()

    def like() -> None:
        for _ in range(25):
            status = site.request("PUT", f"/api/posts/{post.pk}/like/", headers=token).status
            with lock:
                answers[status] += 1

    threads.start(like, count=24)
    threads.join(120)
    assert answers[200] == 120
    # Some of the concurrent writes may also find the lane of writes full.
    assert {*answers} <= {200, 429, 503}


@pytest.mark.redis
def test_evictions_in_redis_do_not_reset_limits(serve: Serve, small_redis: RedisServer) -> None:
    site = serve(REDIS_URL=small_redis.url, WEB_WORKERS="1", LIMIT_SIGN_IN_FAILURES="5/hour")
    assert [guess(site) for _ in range(6)] == [401] * 5 + [429]
    assert flood(small_redis) > 100
    assert guess(site) == 429
    assert json.loads(site.get("/health/cache").body)["status"] == "healthy"


@pytest.mark.redis
def test_counters_of_invented_names_are_bounded_and_evict_no_other_counter(
    redis_server: RedisServer,
) -> None:
    made = counters.RedisCounters(prefix="feedsite", secret=b"secret")
    rate = counters.Rate(5, 86_400 * 31)

    def failure(name: str) -> counters.Use:
        return counters.Use(scope="failures", identity=name, rate=rate)

    with redis_server.client() as client:
        for _ in range(5):
            made.count(client, [failure("ada")])
        before = int(client.info("memory")["used_memory"])
        for number in range(300):
            made.count(client, [failure(f"{number}:{place}") for place in range(100)])
        grown = int(client.info("memory")["used_memory"]) - before
        assert made.count(client, [failure("ada")])[0].wait_seconds > 0
        assert client.dbsize() <= 2
    assert grown < 3_000_000


@pytest.mark.redis
def test_guesses_are_limited_per_process_while_redis_is_down(
    serve: Serve, redis_server: RedisServer, wait_until: Callable[..., None]
) -> None:
    env = {"LIMIT_SIGN_IN_FAILURES": "5/hour", "LIMIT_SIGN_INS": "100/hour"}
    env |= {"LIMIT_TOKEN_REQUESTS": "1000/hour"}
    site = serve(REDIS_URL=redis_server.url, WEB_WORKERS="1", **env)
    assert [guess(site) for _ in range(6)] == [401] * 5 + [429]
    redis_server.kill()
    assert [guess(site) for _ in range(7)] == [401] * 5 + [429] * 2
    redis_server.start()
    wait_until(lambda: site.get("/health/cache").json()["status"] == "healthy")
    # Redis is empty after its restart, and the limits count again for all processes.
    assert [guess(site) for _ in range(6)] == [401] * 5 + [429]
    with redis_server.client() as client:
        assert list(client.scan_iter("{feedsite:limits}:sign_in_failures:*"))


@pytest.mark.redis
@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["text", "null", "list", "hash"])
def test_foreign_values_at_counter_keys_break_no_write(kind: str) -> None:
    client = signed_in()
    with redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2) as look:
        for parity in ("even", "odd"):
            key = f"{{feedsite:limits}}:writes:{parity}"
            if kind == "list":
                look.rpush(key, "a")
            elif kind == "hash":
                look.hset(key, "#", "now")
            else:
                look.set(key, kind)
    assert call(client, "post", "/api/posts/", HELLO).status_code == 201
    assert client.post("/posts/new/", {"content": "Hello again"}).status_code == 302
    assert client.get("/health/cache").json()["stats"]["redis_available"] is True


@pytest.mark.django_db
def test_upload_over_the_limit_is_refused_before_it_is_decoded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limited(settings, uploads=(2, 3_600))
    settings.MEDIA_ROOT = tmp_path
    client = signed_in()
    for number in range(2):
        sent = {"content": f"image {number}", "image": upload()}
        assert client.post("/posts/new/", sent).status_code == 302
    opened: list[object] = []
    monkeypatch.setattr(Image, "open", lambda *args, **_: opened.append(args))
    response = client.post("/posts/new/", {"content": "kept text", "image": upload()})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "kept text" in page(response)
    assert client.post("/accounts/profile/", {"avatar": upload()}).status_code == 429
    assert not opened
    assert client.post("/posts/new/", {"content": "no image"}).status_code == 302


@pytest.mark.django_db
def test_searches_are_limited_per_address(settings: Settings) -> None:
    limited(settings, searches=(2, 3_600))

    def search(words: str, address: str) -> Any:
        return Client(REMOTE_ADDR=address).get(f"/search/?q={words}")

    assert [search(f"word{n}", "2001:db8::1").status_code for n in range(2)] == [200, 200]
    # All addresses of a /64 network count as one client.
    response = search("kept", "2001:db8::ffff:2")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    assert 'value="kept"' in page(response)
    assert search("word", "2001:db8:0:1::1").status_code == 200


@pytest.mark.django_db
def test_uncached_reads_are_limited_per_address(settings: Settings) -> None:
    limited(settings, uncached_reads=(3, 3_600))
    PostFactory.create_batch(2)
    cursor = Cursor(datetime(2024, 1, 1, tzinfo=UTC), 5).encode()
    paths = [f"/?cursor={cursor}", f"/api/feed/?cursor={cursor}", "/tags/any/"]
    assert [Client().get(path).status_code for path in paths] == [200] * 3
    response = Client().get(f"/?cursor={cursor}")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Nothing is lost" in page(response)
    problem(Client().get(f"/api/feed/?limit=1&cursor={cursor}"), 429)
    assert Client().get("/").status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.9").get(f"/?cursor={cursor}").status_code == 200


@pytest.mark.django_db
def test_sign_ups_are_limited_per_address(settings: Settings) -> None:
    limited(settings, sign_ups=(1, 3_600))

    def sign_up(name: str, address: str = "192.0.2.1") -> Any:
        password = "correct horse battery"
        sent = {"username": name, "email": f"{name}@example.org"}
        sent |= {"password1": password, "password2": password}
        return Client(REMOTE_ADDR=address).post("/accounts/signup/", sent)

    assert sign_up("ada").status_code == 302
    response = sign_up("grace")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    text = page(response)
    assert 'value="grace"' in text
    assert "grace@example.org" in text
    assert "Nothing is lost" in text
    assert "correct horse" not in text
    assert sign_up("grace", "192.0.2.2").status_code == 302


@pytest.mark.django_db
def test_password_reset_mails_to_one_mailbox_are_limited(settings: Settings) -> None:
    limited(settings, password_resets=(3, 3_600))
    user = UserFactory.create(email="ada@example.org")

    def reset(address: str, email: str) -> Any:
        return Client(REMOTE_ADDR=address).post("/accounts/password/reset/", {"email": email})

    spellings = [user.email, "ADA@example.org", " ada@Example.org", user.email]
    answers = [reset(f"192.0.2.{n}", email) for n, email in enumerate(spellings)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "Nothing is lost" in page(answers[-1])
    assert len(mail.outbox) == 3
    # The response is the same for unknown addresses.
    unknown = [reset(f"192.0.3.{n}", "none@example.org").status_code for n in range(4)]
    assert unknown == [302, 302, 302, 429]


@pytest.mark.django_db
def test_password_guesses_with_a_stolen_session_are_limited(settings: Settings) -> None:
    limited(settings, reauthentications=(2, 3_600))
    client = signed_in()
    wrong = {"oldpassword": "wrong", "password1": "a new fine one", "password2": "a new fine one"}
    assert client.post("/accounts/password/change/", wrong).status_code == 200
    assert client.post("/accounts/reauthenticate/", wrong | {"password": "no"}).status_code == 200
    for path in ("/accounts/password/change/", "/accounts/reauthenticate/"):
        sent = {
            **wrong,
            "password": "correct horse battery",
            "oldpassword": "correct horse battery",
        }
        response = client.post(path, sent)
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        assert "correct horse" not in page(response)


@pytest.mark.django_db
def test_forged_requests_of_another_site_are_not_counted(settings: Settings) -> None:
    limited(settings, sign_ups=(1, 3_600))
    forging = Client(enforce_csrf_checks=True)
    for _ in range(3):
        assert forging.post("/accounts/signup/", {"username": "x"}).status_code == 403
    assert not limits.take([limits.use("sign_ups", key="address:127.0.0.1")])
    assert Client().post("/accounts/signup/", {"username": "x"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forwarded", ["", "198.51.100.7", ",", "x" * 10_000, "\x00", "::1, [::]:8"]
)
def test_no_forwarded_address_causes_an_error(settings: Settings, forwarded: str) -> None:
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    client = Client(headers={"X-Forwarded-For": forwarded}, raise_request_exception=False)
    assert client.post("/accounts/login/", {"login": "ada", "password": "x"}).status_code == 200
    problem(call(client, "post", TOKEN, WRONG), 401)
    assert client.get("/search/?q=word").status_code == 200
