"""`GET /api/feed/`: the contract to the letter, and one body for everybody."""

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
from tests.unit.feed.reading import PRIVATE, PUBLIC, bearer, refused_fields

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "/api/feed/"
NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def get(path: str = FEED, **headers: str) -> Any:
    return Client().get(path, headers={name.replace("_", "-"): headers[name] for name in headers})


def test_a_post_has_exactly_the_fields_of_the_contract_in_their_types() -> None:
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
                "image_alt": "",
                "image_width": None,
                "image_height": None,
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


def test_an_edited_post_says_so_and_one_without_an_image_has_null() -> None:
    post = PostFactory.create(created_at=NOON)
    edited = NOON + timedelta(hours=1, microseconds=5)
    Post.objects.filter(pk=post.pk).update(content="Better", updated_at=edited)
    (shown,) = get().json()["posts"]
    assert shown["content"] == "Better"
    assert shown["edited"] is True
    assert shown["created_at"] == "2024-05-17T12:00:00.000000Z"
    assert shown["updated_at"] == "2024-05-17T13:00:00.000005Z"
    assert shown["image_url"] is None


def test_without_posts_the_feed_is_empty_and_ends() -> None:
    answer = get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"posts": [], "next": None}


@pytest.mark.parametrize(
    ("query", "count"), [("", 20), ("?limit=1", 1), ("?limit=50", 50), ("?limit=&cursor=", 20)]
)
def test_a_page_has_as_many_posts_as_asked_for(query: str, count: int) -> None:
    author = UserFactory.create()
    Post.objects.bulk_create(Post(author=author, content="x") for _ in range(51))
    page = get(FEED + query).json()
    assert len(page["posts"]) == count
    assert page["next"]


def test_next_leads_through_the_whole_feed_and_is_null_at_its_end() -> None:
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
def test_what_can_not_be_asked_for_is_a_problem_that_names_the_field(
    query: str, fields: list[str]
) -> None:
    assert refused_fields(get(f"{FEED}?{query}")) == fields


@pytest.mark.parametrize("pk", [0, 2**63 - 1])
def test_the_most_extreme_cursors_are_answered(pk: int) -> None:
    post = PostFactory.create()
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert get(f"{FEED}?cursor={Cursor(first, pk).encode()}").json()["posts"] == []
    (shown,) = get(f"{FEED}?cursor={Cursor(last, pk).encode()}").json()["posts"]
    assert shown["id"] == str(post.pk)


def test_a_parameter_nobody_knows_changes_nothing() -> None:
    PostFactory.create()
    assert get(f"{FEED}?utm_source=x").content == get().content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_feed_is_only_read(method: str) -> None:
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


def test_who_has_the_page_already_is_told_that_nothing_changed() -> None:
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


def test_the_etag_changes_when_the_body_does_and_only_then() -> None:
    post = PostFactory.create()
    writes: list[tuple[bool, Callable[[], object]]] = [
        (True, PostFactory.create),
        (True, lambda: Post.objects.filter(pk=post.pk).update(content="Changed")),
        (False, lambda: Post.objects.filter(pk=post.pk).update(external_id="not:shown")),
        (False, lambda: feed_cache().invalidate("test")),
        (True, post.author.delete),
    ]
    answer = get(Authorization="asks for what is new")
    for changes, write in writes:
        before, _ = answer, write()
        answer = get(Authorization="asks for what is new")
        assert answer["Cache-Status"].startswith("feed; fwd=miss")
        assert (answer.content != before.content) is changes
        assert (answer["ETag"] != before["ETag"]) is changes
        status = get(If_None_Match=before["ETag"], Authorization="x").status_code
        assert status == (200 if changes else 304)


def test_different_pages_have_different_etags() -> None:
    PostFactory.create_batch(3)
    assert get(f"{FEED}?limit=1")["ETag"] != get(f"{FEED}?limit=2")["ETag"]


def test_everybody_gets_the_same_bytes_whoever_they_are() -> None:
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


def test_an_anonymous_answer_is_public_and_sets_no_cookie() -> None:
    for answer in (get(), get()):
        assert answer["Cache-Control"] == PUBLIC
        assert answer["Vary"] == "Authorization, Cookie"
        assert not answer.cookies


def test_an_answer_to_somebody_is_private() -> None:
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


def test_nobody_is_looked_up_to_read_the_feed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    header = bearer(UserFactory.create())
    get()
    with django_assert_num_queries(0):
        assert get(**header).status_code == 200


def _without_generation(answer: Any) -> str:
    return re.sub("; generation=-?[0-9]+", "", answer["Cache-Status"], count=1)


def test_each_answer_tells_its_generation_and_a_change_begins_another() -> None:
    def generation() -> int:
        return int(get()["Cache-Status"].split("generation=")[1].split(";")[0])

    first = generation()
    assert generation() == first
    PostFactory.create()
    assert generation() > first if feed_cache().store else generation() != first


def test_a_miss_a_hit_and_then_the_age(wait_until: Callable[..., None], settings: Settings) -> None:
    PostFactory.create()
    miss, hit = get(), get()
    assert miss["Cache-Status"].startswith("feed; fwd=miss; stored; ttl=")
    assert "Age" not in miss
    assert hit["Cache-Status"].startswith("feed; hit; ttl=2")
    assert hit["Age"] == "0"
    wait_until(lambda: get()["Age"] == "1", 1.5)


@pytest.mark.redis
def test_near_its_end_a_page_is_served_while_another_worker_renews_it(
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


def test_inside_a_transaction_the_cache_is_passed_by() -> None:
    with transaction.atomic():
        PostFactory.create()
        answer = get()
        assert answer["Cache-Status"] == 'feed; fwd=bypass; detail="transaction"'
        assert len(answer.json()["posts"]) == 1


@pytest.mark.redis
def test_without_redis_answers_come_from_memory_and_say_so(
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
    cache.reset()
