"""Responses of the front door: equal to those of Django, and only while they are fresh."""

import json
import threading
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from django.conf import settings as configured
from django.db import OperationalError, connections
from django.test import Client
from pytest_django import Settings

from feed import cache, queries
from feed.cache import feed_cache
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.front_door.door import MAX_READY_RESPONSES
from freshcache.front_door.validity import is_last_good
from freshcache.trust_renewal import TrustRenewal
from posts.models import Post
from tests.factories import CommentFactory, LikeFactory, PostFactory
from tests.unit.feed.door import Answer, Door, stopped_clock
from tests.unit.feed.reading import bearer
from tests.unit.freshcache.fleet import Clock
from tests.unit.freshcache.threads import Gate, Threads

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "/api/feed/"


@pytest.fixture
def clock() -> Clock:
    """A clock for the cache of this process and its Redis. It stands still until moved."""
    return stopped_clock()


@pytest.fixture
def door(clock: Clock) -> Door:
    feed_cache().self_check.due_at = float("inf")
    return Door()


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(author__username="ada", content="FIRST #one")
    CommentFactory.create(post=post)
    return post


def hit(door: Door, path: str, **headers: str) -> Answer:
    """Read twice, and return the second response, which must be the front door's."""
    door.get(path, **headers)
    answer = door.get(path, **headers)
    assert not answer.by_django
    return answer


def paths(post: Post) -> list[str]:
    return [FEED, f"{FEED}?limit=5", "/", f"/posts/{post.pk}/", "/authors/ada/", "/tags/one/"]


def test_every_stored_response_equals_that_of_django(door: Door, post: Post) -> None:
    PostFactory.create()
    PostFactory.create_batch(20)
    older = json.loads(door.get(FEED).body)["next"]
    for path in [*paths(post), f"{FEED}?cursor={older}", f"/?cursor={older}"]:
        answer = hit(door, path)
        django = door.django(path)
        assert (answer.status, answer.body) == (200, django.body), path
        assert answer.lasting() == django.lasting(), path
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert answer.headers["Vary"] == f"{django.headers['Vary']}, Accept-Encoding"
        assert 'detail="front door' in answer.headers["Cache-Status"]
        assert answer.headers["Age"] == "0"
        for _ in range(2):
            assert door.get(path) == answer, "nor has the server changed it"


def test_change_is_visible_at_once_in_its_process(door: Door, post: Post) -> None:
    for path in paths(post):
        hit(door, path)
    post.content = "SECOND #one"
    post.save()
    for path in paths(post):
        assert b"SECOND" in door.get(path).body, path
        assert b"SECOND" in hit(door, path).body, path
    post.delete()
    assert door.get(f"/posts/{post.pk}/").status == 404
    assert b"SECOND" not in door.get("/").body


@pytest.mark.redis
def test_change_by_another_worker_is_visible_after_the_trust_time(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    store = feed_cache().store
    assert store
    store.confirm(seen=0, bump="content")
    clock.advance(0.029)
    assert not door.get(FEED).by_django
    monkeypatch.setattr(feed_cache().trust_renewal, "call", lambda _: None)  # it hangs
    clock.advance(0.020)
    assert not door.get(FEED).by_django
    clock.advance(0.002)
    assert door.get(FEED).by_django


@pytest.mark.redis
def test_change_by_another_worker_is_visible_when_the_trust_is_renewed(
    door: Door, post: Post, clock: Clock
) -> None:
    hit(door, FEED)
    store = feed_cache().store
    assert store
    store.confirm(seen=0, bump="content")
    clock.advance(0.031)
    assert door.get(FEED).by_django


@pytest.mark.redis
def test_front_door_uses_the_generation_that_django_has_read(
    door: Door, post: Post, clock: Clock
) -> None:
    """No process uses a generation older than one that it has seen."""
    hit(door, FEED)
    assert not door.get(FEED).by_django
    generations, store = feed_cache().generations, feed_cache().store
    assert store
    store.confirm(seen=0, bump="content")
    clock.advance(0.001)
    assert not door.get(FEED).by_django
    generations.current(clock())
    assert door.get(FEED).by_django


@pytest.mark.redis
def test_age_includes_the_wait_for_redis(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    generations = feed_cache().generations
    current = generations.current

    def slow(since: float) -> object:
        clock.advance(4.9)
        return current(since)

    monkeypatch.setattr(generations, "current", slow)
    clock.advance(0.06)
    answer = door.get(FEED)
    assert (answer.by_django, answer.headers["Age"]) == (False, "4")


@pytest.mark.parametrize("place", [1, 2, 3])
def test_change_during_a_validity_check_ends_the_validity(
    place: int, door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change comes after each of the three calls of `trusted`, one of which matters."""
    hit(door, FEED)
    clock.advance(0.02)
    generations, asked = feed_cache().generations, 0
    trusted = generations.trusted

    def changed_right_after(since: float) -> object:
        nonlocal asked
        asked, known = asked + 1, trusted(since)
        if asked == place:
            Post.objects.update(content="MEANWHILE")
        return known

    feed_cache().generations.change_marker = object()  # so that it has to be proven anew
    with monkeypatch.context() as patched:
        patched.setattr(generations, "trusted", changed_right_after)
        door.get(FEED)
    assert asked >= place
    assert b"MEANWHILE" in door.get(FEED).body


@pytest.mark.redis
def test_trust_counts_from_the_last_question_to_redis(door: Door, post: Post, clock: Clock) -> None:
    hit(door, FEED)
    hit(door, "/")
    clock.advance(0.06)
    hit(door, FEED)
    clock.advance(0.025)
    hit(door, "/")
    store = feed_cache().store
    assert store
    store.confirm(seen=0, bump="content")
    clock.advance(0.026)
    assert door.get("/").by_django


@pytest.mark.redis
def test_redis_is_asked_before_each_trust_time_ends(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    asked = []
    generations = feed_cache().generations
    ask = generations._ask

    def count(**how: Any) -> Any:
        asked.append(how)
        return ask(**how)

    monkeypatch.setattr(generations, "_ask", count)
    for _ in range(100):
        clock.advance(0.01)
        assert not door.get(FEED).by_django
    assert 20 <= len(asked) <= 33


@pytest.mark.redis
def test_one_thread_renews_the_trust_and_no_other_waits(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    clock.advance(0.06)
    hit(door, FEED)
    generations, asked = feed_cache().generations, list[float]()
    ask = generations._ask

    def count() -> object:
        asked.append(clock())
        return ask()

    monkeypatch.setattr(generations, "_ask", count)
    clock.advance(0.029)
    hit(door, FEED)
    assert not asked
    clock.advance(0.002)
    with generations._asking:  # by another thread
        assert not door.get(FEED).by_django
    assert not asked
    hit(door, "/")
    assert asked == [clock()]
    clock.advance(0.029)
    assert not door.get(FEED).by_django
    assert len(asked) == 1


@pytest.mark.redis
def test_no_hit_waits_for_redis_to_renew_the_trust(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    generations, redis_hangs = feed_cache().generations, Gate()
    renewed = threading.Event()

    def ask() -> None:
        redis_hangs()
        renewed.set()

    monkeypatch.setattr(generations, "_ask", ask)
    monkeypatch.setattr(feed_cache(), "trust_renewal", TrustRenewal(generations))
    clock.advance(0.031)
    try:
        assert not door.get(FEED).by_django
        redis_hangs.wait()
        assert not door.get(FEED).by_django
    finally:
        redis_hangs.open()
    assert renewed.wait(20)


@pytest.mark.redis
def test_failed_early_renewal_still_serves_the_page(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)
    clock.advance(0.06)
    hit(door, FEED)
    clock.advance(0.031)

    tried = []

    def exhausted() -> None:
        tried.append(clock())
        raise PoolExhausted

    monkeypatch.setattr(feed_cache().generations, "_ask", exhausted)
    for _ in range(3):
        assert not door.get(FEED).by_django
    assert len(tried) == 1


def test_a_page_in_its_grace_goes_to_django(door: Door, post: Post, clock: Clock) -> None:
    hit(door, FEED)
    ttl = 30.0 if feed_cache().policy.single_process or feed_cache().store else 2.0
    grace = min(5.0, ttl / 4)
    clock.advance(ttl - grace - 0.01)
    assert not door.get(FEED).by_django
    clock.advance(0.02)
    assert door.get(FEED).by_django


@pytest.mark.redis
def test_grace_in_an_outage_begins_on_time(door: Door, post: Post, clock: Clock) -> None:
    breaker = feed_cache().generations.breaker
    breaker._start_probing = lambda _: None
    breaker.trip(RedisAway())
    hit(door, FEED)
    clock.advance(1.49)
    assert not door.get(FEED).by_django
    clock.advance(0.02)
    assert door.get(FEED).by_django


def test_age_grows_second_by_second(door: Door, post: Post, clock: Clock) -> None:
    hit(door, FEED)
    for age in range(1, 20):
        clock.advance(0.99)
        assert door.get(FEED).headers["Age"] == str(age - 1)
        clock.advance(0.01)
        answer = door.get(FEED)
        assert (answer.by_django, answer.headers["Age"]) == (False, str(age))
        assert f"ttl={30 - age};" in answer.headers["Cache-Status"]


def test_old_counts_are_served_for_one_second(door: Door, post: Post, clock: Clock) -> None:
    hit(door, FEED)
    LikeFactory.create(post=post)
    clock.advance(0.9)
    assert b'"likes_count":0' in door.get(FEED).body
    clock.advance(0.2)
    answer = door.get(FEED)
    assert answer.by_django
    assert b'"likes_count":1' in answer.body


@pytest.mark.redis
def test_open_breaker_serves_only_pages_loaded_since(door: Door, post: Post) -> None:
    hit(door, FEED)
    generations = feed_cache().generations
    generations.breaker._start_probing = lambda _: None  # a probe would close it at any moment
    generations.breaker.trip(RedisAway())
    assert door.get(FEED).by_django
    answer = door.get(FEED)
    assert not answer.by_django
    assert 'detail="front door, memory"' in answer.headers["Cache-Status"]
    Post.objects.update(content="MEANWHILE")
    assert b"MEANWHILE" in door.get(FEED).body


@pytest.mark.redis
def test_exhausted_pool_goes_to_django(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)

    def refuse(since: float) -> None:
        raise PoolExhausted("none")

    clock.advance(1)
    monkeypatch.setattr(feed_cache().generations, "current", refuse)
    answer = door.get(FEED)
    assert (answer.status, answer.by_django) == (200, True)
    assert "fwd=bypass" in answer.headers["Cache-Status"]


def test_last_good_page_spares_django_for_a_second_while_the_database_is_down(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, "/")

    def fail(**how: Any) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(queries, "feed_posts", fail)
        clock.advance(31)
        first = door.get("/")
        assert first.by_django
        clock.advance(0.9)
        again = door.get("/")
        assert not again.by_django
        assert (again.status, again.body, again.headers) == (200, first.body, first.headers)
        assert 'detail="database down"' in again.headers["Cache-Status"]
        assert "private" in again.headers["Cache-Control"]
        assert door.get("/", Cookie=f"{configured.SESSION_COOKIE_NAME}=x").by_django
        clock.advance(0.1)
        assert door.get("/").by_django
    with feed_cache().database.asked():
        pass  # it answers again
    assert "fwd=miss" in door.get("/").headers["Cache-Status"]


def test_others_get_the_last_good_page_while_one_reader_looks_at_the_database(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, "/")
    asked = list[bool]()

    def fail(**how: Any) -> None:
        raise OperationalError("away")

    def hang(**how: Any) -> None:
        monkeypatch.setattr(queries, "feed_posts", fail)
        asked.extend(door.get("/").by_django for _ in range(3))
        clock.advance(1.0)
        asked.extend(door.get("/").by_django for _ in range(3))
        fail()

    monkeypatch.setattr(queries, "feed_posts", fail)
    clock.advance(31)
    assert door.get("/").by_django
    clock.advance(1.0)
    monkeypatch.setattr(queries, "feed_posts", hang)
    assert door.get("/").by_django
    assert asked == [False, False, False, True, False, False]


@pytest.mark.parametrize(("seconds", "sent"), [(2.9, True), (3.1, False)])
def test_last_good_page_is_sent_for_three_seconds_at_most(
    seconds: float,
    sent: bool,
    door: Door,
    post: Post,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the reader takes who looks at the database."""
    hit(door, "/")

    def fail(**how: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(queries, "feed_posts", fail)
    clock.advance(31)
    door.get("/")
    (entry,) = door.front.last_good._entries.values()
    clock.advance(seconds)
    assert not is_last_good(entry), "this reader looks"
    assert is_last_good(entry) is sent


def test_last_good_page_is_not_stored(
    door: Door, post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit(door, FEED)

    def fail(**how: Any) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(queries, "feed_posts", fail)
        clock.advance(31)
        for _ in range(3):
            answer = door.get(FEED)
            assert 'detail="database down"' in answer.headers["Cache-Status"]
            assert answer.by_django
            clock.advance(2)
    assert "fwd=miss" in door.get(FEED).headers["Cache-Status"]


def test_request_with_credentials_goes_to_django_and_is_not_stored(door: Door, post: Post) -> None:
    hit(door, "/")
    hit(door, FEED)
    client = Client()
    client.force_login(post.author)
    session = client.cookies[configured.SESSION_COOKIE_NAME].value
    for name in (configured.SESSION_COOKIE_NAME, configured.CSRF_COOKIE_NAME, "messages"):
        answer = door.get("/", Cookie=f"theme=dark; {name}={session}")
        assert answer.by_django, name
    mine = door.get("/", Cookie=f"{configured.SESSION_COOKIE_NAME}={session}")
    assert b"Sign out" in mine.body
    assert "private" in mine.headers["Cache-Control"]
    assert b"Sign out" not in hit(door, "/").body
    assert door.get("/", **bearer(post.author)).by_django


def test_response_for_all_is_served_to_credentials_as_private(door: Door, post: Post) -> None:
    public, private = "public, max-age=0, s-maxage=0, stale-if-error=60", "private, no-cache"
    client = Client()
    client.force_login(post.author)
    name = configured.SESSION_COOKIE_NAME
    session = {"Cookie": f"{name}={client.cookies[name].value}"}
    for headers in (bearer(post.author), session, {"Authorization": "Bearer wrong"}):
        fresh = Door()
        first, second = fresh.get(FEED, **headers), fresh.get(FEED, **headers)
        assert (first.by_django, second.by_django) == (True, False)
        assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == private
        assert first.body == second.body == door.django(FEED, **headers).body
        anonymous = fresh.get(FEED)
        assert (anonymous.by_django, anonymous.headers["Cache-Control"]) == (False, public)
        assert fresh.get(FEED, **headers).headers["Cache-Control"] == private


@pytest.mark.redis
def test_request_with_credentials_confirms_the_generation(
    door: Door, post: Post, clock: Clock
) -> None:
    token = bearer(post.author)
    hit(door, FEED, **token)
    clock.advance(0.001)
    store = feed_cache().store
    assert store
    store.confirm(seen=0, bump="content")
    assert not door.get(FEED).by_django, "still trusted"
    assert door.get(FEED, **token).by_django


def test_unknown_cookies_are_ignored(
    door: Door, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = hit(door, "/")
    monkeypatch.setattr("freshcache.front_door.door.find_validity", None)
    assert door.get("/", Cookie="_ga=1.2.3; theme=dark") == known


def test_cookies_are_parsed_as_by_django(door: Door, post: Post) -> None:
    hit(door, "/")
    assert door.get("/", Cookie=f"{configured.SESSION_COOKIE_NAME} =mine").by_django


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/posts/999/", 404),
        (f"{FEED}?limit=999", 400),
        (f"{FEED}?cursor=broken", 400),
        ("/authors/nobody/", 404),
        ("/accounts/login/", 200),
        ("/health/live", 200),
        ("/static/feed/style.css", 200),
        ("/api/schema/", 200),
    ],
)
def test_other_responses_are_not_stored(path: str, status: int, door: Door) -> None:
    for _ in range(2):
        answer = door.get(path)
        assert (answer.status, answer.by_django) == (status, True)
    assert answer.body == b"" or answer.body


def test_only_get_and_head_are_stored(door: Door, post: Post) -> None:
    hit(door, FEED)
    assert door.request("POST", FEED).status == 405
    assert door.request("OPTIONS", FEED).by_django


def test_search_is_compressed_and_not_stored(door: Door, post: Post) -> None:
    hit(door, "/")
    remembered = len(door.front.entries)
    for _ in range(2):
        answer = door.get("/search/?q=first", Accept_Encoding="br")
        assert (answer.by_django, answer.headers["Content-Encoding"]) == (True, "br")
        assert b"FIRST" in brotli.decompress(answer.body)
    assert "feed; hit" in answer.headers["Cache-Status"], "from the memory of isolated pages"
    for path in ("/search/", "/search/?q=" + 300 * "x"):
        assert door.get(path).by_django
    assert len(door.front.entries) == remembered


def test_stored_page_names_the_requested_host_and_scheme(settings: Settings, post: Post) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    feed_cache().self_check.due_at = float("inf")
    door, path = Door(), f"/posts/{post.pk}/"
    for _ in range(2):
        for host in settings.ALLOWED_HOSTS:
            for scheme in ("http", "https"):
                answer = door.get(path, Host=host, **{"wsgi.url_scheme": scheme})
                assert f'content="{scheme}://{host}{path}"' in answer.body.decode()
    assert not answer.by_django


def test_a_head_has_the_headers_and_no_body(door: Door, post: Post) -> None:
    full = hit(door, FEED)
    for _ in ("found", "proven"):
        head = door.request("HEAD", FEED)
        assert (head.by_django, head.status, head.body) == (False, 200, b"")
        assert head.headers == full.headers


def test_repeated_head_is_served_by_the_front_door(door: Door, post: Post) -> None:
    for path in paths(post):
        first, second = door.request("HEAD", path), door.request("HEAD", path)
        assert (first.by_django, first.status, first.body) == (True, 200, b"")
        assert (second.by_django, second.status, second.body) == (False, 200, b"")
        assert door.get(path).headers == second.headers


def test_matching_etag_gives_a_304(door: Door, post: Post) -> None:
    etag = hit(door, FEED).headers["ETag"]
    for condition in 2 * (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = door.get(FEED, If_None_Match=condition)
        assert (answer.by_django, answer.status, answer.body) == (False, 304, b"")
        assert answer.headers["ETag"] == etag
        assert "Content-Length" not in answer.headers
    assert door.get(FEED, If_None_Match='"other"').status == 200
    post.content = "CHANGED"
    post.save()
    assert door.get(FEED, If_None_Match=etag).status == 200


def test_repeated_conditional_get_is_served_by_the_front_door(door: Door, post: Post) -> None:
    etag = door.django(FEED).headers["ETag"]
    first = door.get(FEED, If_None_Match=etag)
    assert (first.by_django, first.status) == (True, 304)
    second = door.get(FEED, If_None_Match=etag)
    assert (second.by_django, second.status) == (False, 304)


def test_each_encoding_has_the_same_page_and_another_etag(door: Door) -> None:
    PostFactory.create_batch(20)
    plain = hit(door, FEED)
    packed = door.get(FEED, Accept_Encoding="gzip, deflate, br, zstd")
    assert not packed.by_django
    assert packed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for etag, status in ((packed.headers["ETag"], 304), (plain.headers["ETag"], 200)):
        assert door.get(FEED, Accept_Encoding="br", If_None_Match=etag).status == status


def test_first_response_is_compressed(door: Door) -> None:
    PostFactory.create_batch(20)
    first = door.get("/", Accept_Encoding="gzip")
    assert (first.by_django, first.headers["Content-Encoding"]) == (True, "gzip")
    assert first.headers["Cache-Status"].startswith("feed; fwd=miss; stored")


def test_hosts_and_schemes_have_separate_responses(door: Door, post: Post) -> None:
    hit(door, FEED)
    assert door.get(FEED, Host="127.0.0.1").by_django
    assert door.get(FEED, Host="evil.example").status == 400
    assert door.get(FEED, Host="evil.example").status == 400
    assert door.get(FEED, **{"wsgi.url_scheme": "https"}).by_django


def test_scheme_header_of_an_untrusted_proxy_is_ignored(settings: Settings, post: Post) -> None:
    feed_cache().self_check.due_at = float("inf")
    settings.SECURE_PROXY_SSL_HEADER = None
    untrusting = Door()
    hit(untrusting, FEED)
    assert not untrusting.get(FEED, X_Forwarded_Proto="https").by_django
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    trusting = Door()
    hit(trusting, FEED)
    assert trusting.get(FEED, X_Forwarded_Proto="https").by_django
    settings.SECURE_SSL_REDIRECT = True
    redirecting = Door()
    for _ in range(2):
        assert redirecting.get(FEED).status == 301
        assert redirecting.get(FEED, X_Forwarded_Proto="https").status == 200


def test_hits_of_the_front_door_are_counted(door: Door, post: Post) -> None:
    for _ in range(11):
        door.get(FEED)
    door.request("HEAD", FEED)
    door.get(FEED, If_None_Match="*")
    counts = feed_cache().metrics.counts()
    assert (counts["hits"], counts["misses"], counts["fills"]) == (12, 1, 1)


def test_due_self_check_sends_a_hit_to_django(
    door: Door, post: Post, clock: Clock, wait_until: Callable[..., None]
) -> None:
    feed_cache().self_check._clock = clock
    feed_cache().self_check.due_at = clock() + 0.01
    hit(door, FEED)
    clock.advance(0.01)
    assert door.get(FEED).by_django
    assert not door.get(FEED).by_django
    wait_until(lambda: feed_cache().metrics.counts()["self_checks"] == 1)


@pytest.mark.redis
def test_due_self_check_in_an_outage_still_serves_hits(
    door: Door, post: Post, clock: Clock
) -> None:
    hit(door, FEED)
    breaker = feed_cache().generations.breaker
    breaker._start_probing = lambda _: None  # a probe would close it at any moment
    breaker.trip(RedisAway())
    feed_cache().self_check.due_at = clock()
    feed_cache().self_check._clock = clock
    assert door.get(FEED).by_django
    assert not door.get(FEED).by_django


def test_response_that_sets_a_cookie_is_private(door: Door, post: Post) -> None:
    for path in ("/", FEED):
        answer = door.get(path, Cookie=f"{configured.CSRF_COOKIE_NAME}=of no form")
        assert "Set-Cookie" in answer.headers
        assert "public" not in answer.headers["Cache-Control"]


def test_responses_of_long_urls_are_not_stored(door: Door, post: Post) -> None:
    before = len(door.front.entries)
    hit(door, f"/?as={'a' * 500}")
    assert len(door.front.entries) == before + 1
    long = f"/?as={'a' * 2_000}"
    assert door.get(long).by_django
    assert door.get(long).by_django
    assert len(door.front.entries) == before + 1


def test_id_above_the_largest_is_a_404(door: Door) -> None:
    for digits in (19, 20, 300):
        assert door.get(f"/posts/{'9' * digits}/").status == 404


def test_memory_is_bounded(settings: Settings, post: Post) -> None:
    settings.FEED = {**settings.FEED, "FRONT_DOOR_BYTES": 400_000, "SELF_CHECK_SECONDS": 0}
    cache.reset()
    stopped_clock()
    door = Door()
    for limit in range(1, 50):
        door.get(f"{FEED}?limit={limit}")
    assert 1 < len(door.front.entries) < 30
    assert not door.get(f"{FEED}?limit=49").by_django


def test_evicted_responses_are_not_kept_by_ready_responses(settings: Settings, post: Post) -> None:
    settings.FEED = {**settings.FEED, "FRONT_DOOR_BYTES": 400_000, "SELF_CHECK_SECONDS": 0}
    cache.reset()
    stopped_clock()
    door = Door()
    for limit in range(1, 50):
        hit(door, f"{FEED}?limit={limit}")
    rooms = (door.front.entries, door.front.newest)
    kept = {id(entry.response.body) for room in rooms for entry in room._entries.values()}
    proven = {id(body) for *_, answer in door.front._ready.values() for body in answer}
    assert proven
    assert proven <= kept


def test_ready_responses_of_one_page_are_bounded(door: Door, post: Post) -> None:
    hit(door, FEED)
    for number in range(MAX_READY_RESPONSES + 10):
        assert not door.get(FEED, If_None_Match=f'"{number}"').by_django
        assert len(door.front._ready) <= MAX_READY_RESPONSES
    before = len(door.front._ready)
    assert not door.get(FEED, If_None_Match=f'"{"a" * 1_000}"').by_django
    assert len(door.front._ready) == before


def test_if_match_goes_to_django(door: Door, post: Post) -> None:
    hit(door, FEED)
    hit(door, FEED)
    answer = door.get(FEED, If_Match='"other"')
    assert (answer.by_django, answer.status) == (True, 412)


def test_switched_off_it_does_nothing(settings: Settings, post: Post) -> None:
    settings.FEED = {**settings.FEED, "FRONT_DOOR_BYTES": 0}
    cache.reset()
    door = Door()
    for _ in range(3):
        answer = door.get(FEED)
        assert (answer.status, answer.by_django) == (200, True)


def test_concurrent_readers_never_get_a_page_known_to_be_old(door: Door, post: Post) -> None:
    written = [0]

    def write() -> None:
        for version in range(1, 30):
            Post.objects.filter(pk=post.pk).update(content=f"V{version:04}")
            written[0] = version
        connections.close_all()

    def read() -> None:
        while written[0] < 29:
            known = written[0]
            body = json.loads(door.get(FEED).body)
            shown = body["posts"][0]["content"]
            assert shown >= f"V{known:04}" or not known, (shown, known)
        connections.close_all()

    threads = Threads()
    threads.start(read, count=4)
    threads.start(write)
    threads.join(60)
    assert b"V0029" in door.get(FEED).body


def test_response_with_a_cookie_or_another_vary_is_not_stored() -> None:
    from freshcache.front_door.storable import is_for_all

    fine = [("ETag", '"1"'), ("Vary", "Cookie, authorization")]
    assert is_for_all("200 OK", fine)
    assert not is_for_all("404 Not Found", fine)
    assert not is_for_all("200 OK", [*fine, ("Set-Cookie", "a=b")])
    assert not is_for_all("200 OK", [("ETag", '"1"'), ("Vary", "Cookie, HX-Request")])
    assert not is_for_all("200 OK", [("ETag", '"1"'), ("Vary", "*")])
    assert not is_for_all("200 OK", [("Vary", "Cookie")])


def test_accept_header_makes_no_difference(door: Door, post: Post) -> None:
    asks = {"Accept": "text/csv"}
    first, second = door.get(FEED, **asks), door.get(FEED, **asks)
    assert (first.by_django, second.by_django) == (True, False)
    assert (first.status, first.body) == (second.status, second.body) == (200, first.body)
