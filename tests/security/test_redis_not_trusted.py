"""An attacker with access to Redis can neither forge a page nor cause an error."""

import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from feed.cache import NAMESPACE, feed_cache, shared_store
from freshcache.breaker import State
from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import MAX_STORED_BYTES, Store
from freshcache.redis.stored_page import StoredPage
from posts.models import Post, User
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]

FORGED = "FORGED"
PATHS = ["/", "/api/feed/", "/api/feed/?limit=5", "/tags/tag/", "/health/cache", "/health/ready"]


@pytest.fixture
def stored() -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(str(settings.REDIS_URL), protocol=2) as client:
        yield client


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(author__username="ada", content="GENUINE #tag")
    CommentFactory.create(post=post)
    return post


def forget_pages() -> None:
    """Clear the memory caches, so that the next read uses Redis."""
    for memory in feed_cache().memories.values():
        memory.clear()


def paths(post: Post) -> list[str]:
    return [*PATHS, post.get_absolute_url(), post.author.get_absolute_url()]


def forged_body(genuine: bytes) -> bytes:
    """Return a valid page with a link that must never be shown."""
    page = json.loads(genuine)
    for shown in page["posts"] if "posts" in page else [page["post"]]:
        shown |= {"content": FORGED, "url": "javascript:alert(1)", "image_url": "javascript:0"}
    return json.dumps(page).encode()


def split(value: bytes) -> tuple[bytes, bytes, bytes]:
    """Split a stored page into MAC, head and body."""
    mac, head, body = value.split(b"\n", 2)
    return mac, head, body


def without_mac(value: bytes) -> bytes:
    _, head, body = split(value)
    return head + b"\n" + forged_body(body)


def with_the_old_mac(value: bytes) -> bytes:
    mac, head, body = split(value)
    return mac + b"\n" + head + b"\n" + forged_body(body)


def with_another_secret(value: bytes) -> bytes:
    _, head, body = split(value)
    other = Store(feed_cache().store._connect, key_names=KeyNames(NAMESPACE), secret=b"guessed")  # type: ignore[union-attr] # there is one
    return other._sealed("any key", head + b"\n" + forged_body(body))


FORGERIES: list[Callable[[bytes], bytes]] = [without_mac, with_the_old_mac, with_another_secret]


@pytest.mark.parametrize("forge", FORGERIES)
def test_forged_page_in_redis_is_never_served(
    forge: Callable[[bytes], bytes], post: Post, stored: Any, client: Client
) -> None:
    for path in paths(post):
        client.get(path)
    keys = [key for key in stored.keys("*") if b":page:" in key]
    assert len(keys) >= 4
    for key in keys:
        stored.set(key, forge(stored.get(key)), px=60_000)
    forget_pages()
    for path in paths(post):
        answer = client.get(path)
        assert answer.status_code == 200
        assert FORGED not in answer.content.decode()
    assert feed_cache().breaker.state is State.CLOSED


def test_page_copied_to_another_key_is_not_served(post: Post, stored: Any, client: Client) -> None:
    UserFactory.create(username="eve")
    client.get("/authors/eve/")
    [eve] = [key for key in stored.keys("*") if b":page:" in key]
    client.get("/authors/ada/")
    [ada] = {key for key in stored.keys("*") if b":page:" in key} - {eve}
    stored.copy(eve, ada, replace=True)
    forget_pages()
    assert b"GENUINE" in client.get("/authors/ada/").content


def test_pages_signed_with_another_secret_key_are_misses(
    post: Post, stored: Any, client: Client, settings: Any
) -> None:
    client.get("/")
    settings.SECRET_KEY = "k" * 60
    store = shared_store(lambda: stored)
    assert feed_cache().store is not None
    assert feed_cache().store.get("feed:20:newest") is not None  # type: ignore[union-attr] # there is one
    assert store.get("feed:20:newest") is None


def put(client: Any, key: bytes, kind: str) -> None:
    client.delete(key)
    match kind:
        case "list":
            client.rpush(key, "a", "b")
        case "hash":
            client.hset(key, mapping={"hits": "9" * 5_000, "field": "value"})
        case "set":
            client.sadd(key, "a")
        case "sorted set":
            client.zadd(key, {"a": 1})
        case "stream":
            client.xadd(key, {"a": "b"})
        case "pickle":
            client.set(key, pickle.dumps(Exploding()))
        case "large":
            client.set(key, b"0" * (MAX_STORED_BYTES + 1))
        case text:
            client.set(key, text)


class Exploding:
    """An object whose pickle fails the test when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("a pickle from Redis was loaded",)


KINDS = [
    *("list", "hash", "set", "sorted set", "stream", "pickle", "large"),
    *("", "null", "not json", "[]", "[{}]", "{}", "-1", "0", "1e999", "9" * 400, "\n\n", "true"),
    '{"generation": 1, "counts": 1, "as_of_us": 1}\n[]',
]


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_values_at_our_redis_keys_cause_no_error(
    kind: str, post: Post, stored: Any, client: Client
) -> None:
    user = User.objects.get(username="ada")
    client.force_login(user)

    def use_the_site() -> list[int]:
        statuses = [client.get(path).status_code for path in paths(post)]
        statuses += [Client().get(path).status_code for path in paths(post)]
        wrong = {"username": "ada", "password": "wrong"}
        api = Client()
        statuses.append(api.post("/api/auth/token/", wrong, "application/json").status_code)
        sent = client.post(f"/posts/{post.pk}/like/", {"action": "like"})
        return [*statuses, sent.status_code]

    cache.set("somebody's", "value")
    assert set(use_the_site()) <= {200, 302, 401}
    feed_cache().metrics.flush()
    keys = stored.keys("*")
    assert len(keys) >= 6
    for key in keys:
        put(stored, key, kind)
    forget_pages()
    # The first pass meets the foreign values, the second the values that replaced them.
    for _ in range(2):
        assert set(use_the_site()) <= {200, 302, 401, 429}
        cache.get("somebody's")
        feed_cache().metrics.flush()
    assert b"GENUINE" in client.get("/").content
    assert feed_cache().breaker.state is State.CLOSED


def test_generation_far_in_the_future_is_replaced_by_the_current_time(stored: Any) -> None:
    store = feed_cache().store
    assert store is not None
    now_us = store.confirm(seen=0).now_us
    name = KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX).generation
    stored.set(name, 2**52 - 1)
    healed = store.confirm(seen=0).generation
    assert now_us <= healed < now_us + 60_000_000
    assert store.confirm(seen=0).generation == healed


_SEALED = Store(
    lambda: pytest.fail("Redis is not used here"), key_names=KeyNames("a"), secret=b"a secret"
)
_PAGE = StoredPage(generation=5, counts_version=6, as_of_us=7, body=b'{"posts":[],"next":null}')


@given(st.binary(max_size=300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_not_a_stored_page(value: bytes) -> None:
    assert _SEALED._opened("key", value) is None


@given(st.data())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_page_with_a_changed_byte_is_invalid(data: st.DataObject) -> None:
    sealed = _SEALED._sealed("key", _PAGE.encode())
    assert _SEALED._opened("key", sealed) == _PAGE
    place = data.draw(st.integers(0, len(sealed) - 1))
    if sealed[place : place + 1] == b"\n" and place == 64:
        return  # the separator carries no data
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))
    assert _SEALED._opened("key", bytes(changed)) is None
    assert _SEALED._opened("another key", sealed) is None
    assert _SEALED._opened("key", sealed[:place]) is None
