"""`GET /api/feed/`: the exact contract, and the same body for every reader."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from feed import cache
from feed.cache import feed_cache
from feed.cursors import Cursor
from feedsite import caches
from posts.models import Post
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.servers import RedisServer
from tests.unit.feed.door import Door, stopped_clock
from tests.unit.feed.reading import PRIVATE, PUBLIC, bearer, refused_fields

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "/api/feed/"
NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def get(path: str = FEED, **headers: str) -> Any:
    return Client().get(path, headers={name.replace("_", "-"): headers[name] for name in headers})


def test_post_has_exactly_the_fields_of_the_contract() -> None:
    ada = UserFactory.create(username="ada", display_name="Ada Lovelace")
    post = PostFactory.create(
        author=ada,
        content='Grüße & <b>"bold"</b>\n🎉',
        image_url="https://example.org/a.png",
        created_at=NOON,
    )
    LikeFactory.create_batch(2, post=post)
    CommentFactory.create(post=post)
    user = {
        "id": str(ada.pk),
        "username": "ada",
        "display_name": "Ada Lovelace",
        "avatar_url": None,
    }
    assert get().json() == {
        "posts": [
            {
                "id": str(post.pk),
                "content": 'Grüße & <b>"bold"</b>\n🎉',
                "user": user,
                "user_id": str(ada.pk),
                "image_url": "https://example.org/a.png",
                "content_warning": "",
                "image_alt": "",
                "image_width": None,
                "image_height": None,
                "images": [
                    {
                        "url": "https://example.org/a.png",
                        "alt": "",
                        "width": None,
                        "height": None,
                    }
                ],
                "created_at": "2024-05-17T12:00:00.000000Z",
                "updated_at": "2024-05-17T12:00:00.000000Z",
                "edited": False,
                "likes_count": 2,
                "comments_count": 1,
                "url": f"/posts/{post.pk}/",
            }
        ],
        "next": None,
    }


def test_edited_post_is_marked_and_missing_image_is_null() -> None:
    post = PostFactory.create(created_at=NOON)
    edited = NOON + timedelta(hours=1, microseconds=5)
    Post.objects.filter(pk=post.pk).update(content="Better", updated_at=edited)
    (shown,) = get().json()["posts"]
    assert shown["content"] == "Better"
    assert shown["edited"] is True
    assert shown["created_at"] == "2024-05-17T12:00:00.000000Z"
    assert shown["updated_at"] == "2024-05-17T13:00:00.000005Z"
    assert shown["image_url"] is None


def test_feed_without_posts_is_empty_and_has_no_next() -> None:
    answer = get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"posts": [], "next": None}


@pytest.mark.parametrize(("query", "count"), [("", 20), ("?limit=1", 1), ("?limit=50", 50)])
def test_page_has_limit_posts(query: str, count: int) -> None:
    author = UserFactory.create()
    Post.objects.bulk_create(Post(author=author, content="x") for _ in range(51))
    page = get(FEED + query).json()
    assert len(page["posts"]) == count
    assert page["next"]


def test_next_leads_through_the_whole_feed_and_is_null_at_the_end() -> None:
    author = UserFactory.create()
    rows = (Post(author=author, content="x", created_at=NOON) for _ in range(45))
    posts = Post.objects.bulk_create(rows)
    seen: list[str] = []
    page = get(f"{FEED}?limit=20").json()
    while page["next"]:
        seen += [post["id"] for post in page["posts"]]
        page = get(f"{FEED}?limit=20&cursor={page['next']}").json()
    seen += [post["id"] for post in page["posts"]]
    assert seen == [str(post.pk) for post in reversed(posts)]


A_CURSOR = Cursor(NOON, 1).encode()


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", ["limit"]),
        ("limit=51", ["limit"]),
        ("limit=-1", ["limit"]),
        ("limit=abc", ["limit"]),
        ("limit=1.5", ["limit"]),
        ("limit=%00", ["limit"]),
        (f"limit={'9' * 5_000}", ["limit"]),
        ("cursor=garbage", ["cursor"]),
        ("limit=&cursor=", ["limit", "cursor"]),
        ("cursor=%20", ["cursor"]),
        ("cursor=%00", ["cursor"]),
        ("cursor=%ED%A0%80", ["cursor"]),
        (f"cursor={A_CURSOR}%20", ["cursor"]),
        (f"cursor={A_CURSOR}==", ["cursor"]),
        (f"cursor={A_CURSOR}&cursor={A_CURSOR}", ["cursor"]),
        ("limit=5&limit=6", ["limit"]),
        ("limit=5&limit=5", ["limit"]),
        ("limit=abc&cursor=garbage", ["limit", "cursor"]),
    ],
)
def test_invalid_parameter_is_a_problem_that_names_the_field(query: str, fields: list[str]) -> None:
    assert refused_fields(get(f"{FEED}?{query}")) == fields


@pytest.mark.parametrize("pk", [0, 2**63 - 1])
def test_extreme_cursors_are_answered(pk: int) -> None:
    post = PostFactory.create()
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert get(f"{FEED}?cursor={Cursor(first, pk).encode()}").json()["posts"] == []
    (shown,) = get(f"{FEED}?cursor={Cursor(last, pk).encode()}").json()["posts"]
    assert shown["id"] == str(post.pk)


def test_unknown_parameter_is_refused_by_name() -> None:
    assert refused_fields(get(f"{FEED}?author=ada&limit=5")) == ["author"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_feed_refuses_methods_that_write(method: str) -> None:
    send: Callable[..., Any] = getattr(Client(), method)
    answer = send(FEED)
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_head_has_the_headers_of_get_and_no_body() -> None:
    PostFactory.create()
    get()
    read, head = get(), Client().head(FEED)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("ETag", "Cache-Control", "Content-Type", "Vary", "Cache-Status"):
        assert head[name] == read[name]


def test_matching_etag_is_answered_with_304() -> None:
    PostFactory.create()
    etag = get()["ETag"]
    assert etag.startswith('"')
    for held in (etag, f"W/{etag}", f'"another", {etag}', "*"):
        answer = get(If_None_Match=held)
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer["ETag"] == etag
        assert answer["Cache-Control"] == PUBLIC
        assert answer["Vary"] == "Authorization, Cookie"
    assert get(If_None_Match='"another"').status_code == 200


def test_etag_changes_exactly_when_the_body_does() -> None:
    post = PostFactory.create()
    writes: list[tuple[bool, Callable[[], object]]] = [
        (True, PostFactory.create),
        (True, lambda: Post.objects.filter(pk=post.pk).update(content="Changed")),
        (False, lambda: Post.objects.filter(pk=post.pk).update(external_id="not:shown")),
        (False, lambda: feed_cache().invalidate("test")),
        (True, post.author.delete),
    ]
    answer = get(Authorization="asks for a fresh page")
    for changes, write in writes:
        before, _ = answer, write()
        answer = get(Authorization="asks for a fresh page")
        assert answer["Cache-Status"].startswith("feed; fwd=miss")
        assert (answer.content != before.content) is changes
        assert (answer["ETag"] != before["ETag"]) is changes
        status = get(If_None_Match=before["ETag"], Authorization="x").status_code
        assert status == (200 if changes else 304)


def test_different_pages_have_different_etags() -> None:
    PostFactory.create_batch(3)
    assert get(f"{FEED}?limit=1")["ETag"] != get(f"{FEED}?limit=2")["ETag"]


def test_every_reader_gets_the_same_bytes() -> None:
    ada, bob = UserFactory.create_batch(2)
    staff = UserFactory.create(is_staff=True, is_superuser=True)
    for author in (ada, bob, staff):
        LikeFactory.create(user=author, post=PostFactory.create(author=author))
    first = get()
    bodies = {get(**bearer(user)).content for user in (ada, bob, staff)}
    for user in (ada, bob, staff):
        client = Client()
        client.force_login(user)
        bodies.add(client.get(FEED).content)
    bodies |= {get(Authorization="Bearer wrong").content, first.content, get().content}
    assert bodies == {first.content}


def test_anonymous_answer_is_public_and_sets_no_cookie() -> None:
    for answer in (get(), get()):
        assert answer["Cache-Control"] == PUBLIC
        assert answer["Vary"] == "Authorization, Cookie"
        assert not answer.cookies


def test_answer_to_a_signed_in_reader_is_private() -> None:
    client = Client()
    client.force_login(UserFactory.create())
    for answer in (
        client.get(FEED),
        get(**bearer(UserFactory.create())),
        get(Authorization="Bearer wrong"),
        get(Cookie="sessionid=ended"),
    ):
        assert answer.status_code == 200
        assert answer["Cache-Control"] == PRIVATE


def test_hit_with_a_token_makes_no_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    header = bearer(UserFactory.create())
    get()
    with django_assert_num_queries(0):
        assert get(**header).status_code == 200


def _without_generation(answer: Any) -> str:
    return re.sub("; generation=-?[0-9]+", "", answer["Cache-Status"], count=1)


def test_answer_has_its_generation_and_a_change_raises_it() -> None:
    def generation() -> int:
        return int(get()["Cache-Status"].split("generation=")[1].split(";")[0])

    first = generation()
    assert generation() == first
    PostFactory.create()
    assert generation() > first if feed_cache().store else generation() != first


def test_cache_status_shows_miss_then_hit_with_age() -> None:
    clock = stopped_clock()
    PostFactory.create()
    miss, hit = get(), get()
    assert miss["Cache-Status"].startswith("feed; fwd=miss; stored; ttl=")
    assert "Age" not in miss
    assert hit["Cache-Status"].startswith(("feed; hit; ttl=30", "feed; hit; ttl=2"))
    assert hit["Age"] == "0"
    clock.advance(0.99)
    assert get()["Age"] == "0"
    clock.advance(0.01)
    assert get()["Age"] == "1"


@pytest.mark.redis
def test_page_near_its_ttl_is_served_while_another_worker_refreshes_it(
    wait_until: Callable[..., None], settings: Settings
) -> None:
    settings.FEED = {**settings.FEED, "TTL_SECONDS": {"feed": 1.2, "author": 1.2}}
    cache.reset()
    PostFactory.create()
    get()
    store, generation = feed_cache().store, feed_cache().generations.current(0)
    assert store is not None
    assert store.lease("feed:20:newest", generation=generation.number, seconds=30)
    stale = 'feed; hit; ttl=0; detail="being renewed"'
    wait_until(lambda: _without_generation(get()) == stale, 1.2)


def test_read_inside_a_transaction_bypasses_the_cache() -> None:
    with transaction.atomic():
        PostFactory.create()
        answer = get()
        assert answer["Cache-Status"] == 'feed; fwd=bypass; detail="transaction"'
        assert len(answer.json()["posts"]) == 1


@pytest.mark.redis
def test_without_redis_answers_come_from_memory(
    redis_server: RedisServer, settings: Settings
) -> None:
    settings.REDIS_URL = redis_server.url
    settings.CACHES = {"default": caches.cache(redis_server.url)}
    cache.reset()
    post = PostFactory.create()
    assert "memory" not in get()["Cache-Status"]
    redis_server.kill()
    post.delete()
    miss, hit = get(), get()
    assert _without_generation(miss) == 'feed; fwd=miss; stored; ttl=1; detail="memory"'
    assert _without_generation(hit) == 'feed; hit; ttl=1; detail="memory"'
    assert miss.json() == hit.json() == {"posts": [], "next": None}
    # No reset here: the fixture for clean caches must find this cache, and end its breaker's probe.
    # Else the probe finds the run's Redis, and begins a new generation in the middle of a test.


def test_link_leads_through_all_pages_and_follows_changes() -> None:
    author = UserFactory.create()
    posts = PostFactory.create_batch(5, author=author)
    door, path, seen = Door(), f"{FEED}?limit=2", list[str]()
    while path:
        answer = door.get(path)
        seen += [post["id"] for post in json.loads(answer.body)["posts"]]
        assert answer.headers["Link"].endswith(f'<http://localhost{FEED}?limit=2>; rel="first"')
        found = re.match(r'<http://localhost([^>]*)>; rel="next"', answer.headers["Link"])
        path = found[1] if found else ""
    assert seen == [str(post.pk) for post in reversed(posts)]
    before = door.get(f"{FEED}?limit=2").headers["Link"]
    PostFactory.create(author=author)
    renewed = door.get(f"{FEED}?limit=2")
    assert renewed.headers["Link"] != before
    assert json.loads(renewed.body)["next"] in renewed.headers["Link"]
