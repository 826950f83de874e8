"""Signed-in pages that are answered before Django: equal to Django's, and only for the viewer."""

import re
from collections.abc import Callable
from copy import copy
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.messages import constants
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.middleware.csrf import (  # type: ignore[attr-defined] # a private name
    CSRF_ALLOWED_CHARS,
    _does_token_match,
)
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from feed import csrf, signed_in_door
from feed.cache import feed_cache
from feed.viewers import KNOWN_AWAY_SECONDS, KNOWN_SECONDS, known_viewers
from freshcache.errors import PoolExhausted
from posts import sessions
from posts.last_use import RecentlySeen
from posts.messages import MessagesCookie
from posts.models import Like, Mute, Post, SessionRecord, User
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory, permitted
from tests.unit.feed.door import Answer, Door, stopped_clock
from tests.unit.freshcache.fleet import Clock

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
KEY = re.compile(rb'name="key" value="(\w{32})"')


@pytest.fixture
def clock() -> Clock:
    """A clock for the cache of this process and its Redis. It stands still until moved."""
    return stopped_clock()


@pytest.fixture
def door(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(known_viewers(), "_clock", clock)
    feed_cache().self_check.due_at = float("inf")
    return Door()


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(author__username="ada", content="FIRST #one")
    CommentFactory.create(post=post)
    return post


class Browser:
    """A browser that is signed in and reads through the door."""

    def __init__(self, door: Door, user: User) -> None:
        self.door = door
        self.client = Client()
        self.client.force_login(user)
        self.client.get("/", headers={"host": "localhost"})
        self.secret = self.client.cookies[configured.CSRF_COOKIE_NAME].value

    @property
    def cookies(self) -> str:
        session = self.client.cookies[configured.SESSION_COOKIE_NAME].value
        names = configured.SESSION_COOKIE_NAME, configured.CSRF_COOKIE_NAME
        return f"{names[0]}={session}; {names[1]}={self.secret}"

    def get(self, path: str = "/", *, cookies: str = "", **headers: str) -> Answer:
        return self.door.get(path, Cookie=self.cookies + cookies, **headers)

    def hit(self, path: str = "/", **headers: str) -> Answer:
        """Read until the door knows page and viewer, and return its response."""
        for _ in range(3):
            self.get(path, **headers)
        answer = self.get(path, **headers)
        assert not answer.by_django
        return answer


@pytest.fixture
def bob(door: Door, post: Post) -> Browser:
    return Browser(door, UserFactory.create(username="bob"))


def lasting(answer: Answer) -> dict[str, str]:
    """Return the headers, without the time at which the CSRF cookie ends."""
    cookie = re.sub(r"expires=[^;]+", "", answer.headers["Set-Cookie"])
    return {**answer.headers, "Set-Cookie": cookie}


def unmasked(answer: Answer) -> bytes:
    return KEY.sub(b"", TOKEN.sub(b"", answer.body))


def paths(post: Post) -> list[str]:
    return ["/", "/authors/ada/", "/authors/bob/", "/?x=%3Cb%3E", f"/posts/{post.pk}/"]


@pytest.mark.parametrize("role", ["reader", "author", "moderator", "staff"])
def test_response_equals_that_of_django(door: Door, post: Post, role: str) -> None:
    users: dict[str, Callable[[], User]] = {
        "reader": lambda: UserFactory.create(display_name="<b>Bob"),
        "author": lambda: post.author,
        "moderator": lambda: permitted("change_post", "delete_comment"),
        "staff": lambda: UserFactory.create(is_staff=True),
    }
    user = users[role]()
    PostFactory.create_batch(21)
    LikeFactory.create(user=user, post=post)
    LikeFactory.create(user=user, post=PostFactory.create())
    if role != "author":
        Mute.objects.create(user=user, muted=post.author)
    UserFactory.create(username="bob")
    browser = Browser(door, user)
    for path in paths(post):
        answer = browser.hit(path)
        django = door.django(path, Cookie=browser.cookies)
        assert (answer.status, unmasked(answer)) == (200, unmasked(django)), path
        assert lasting(answer) == lasting(django), path
        assert len(set(TOKEN.findall(answer.body))) == 1
        etag = answer.headers["ETag"]
        known = browser.hit(path, If_None_Match=f'"other", {etag}')
        django = door.django(path, Cookie=browser.cookies, If_None_Match=etag)
        assert (known.status, known.body) == (304, b"")
        assert lasting(known) == lasting(django)


def test_each_answer_has_a_one_time_key_of_its_own(bob: Browser, post: Post) -> None:
    for path in ("/", f"/posts/{post.pk}/"):
        found = [KEY.findall(bob.hit(path).body) for _ in range(3)]
        assert [len(keys) for keys in found] == [1, 1, 1]
        assert len({key for keys in found for key in keys}) == 3


def test_each_viewer_gets_their_own_page(door: Door, bob: Browser, post: Post) -> None:
    zoe = Browser(door, UserFactory.create(username="zoe7"))
    LikeFactory.create(user=User.objects.get(username="bob"), post=post)
    pages = {name: browser.hit().body for name, browser in (("bob", bob), ("zoe7", zoe))}
    for name, other in (("bob", "zoe7"), ("zoe7", "bob")):
        assert f'data-viewer="{name}"'.encode() in pages[name]
        assert other.encode() not in pages[name]
    assert bob.hit().headers["Set-Cookie"].lstrip().startswith(f"csrftoken={bob.secret};")
    assert bob.hit().headers["Cache-Control"] == "private, no-cache"
    assert b"data-viewer" not in door.get("/").body


def _rename(bob: User, post: Post) -> None:
    bob.display_name = "Robert"
    bob.save()


CHANGES: dict[str, tuple[Callable[[User, Post], Any], Callable[[Answer], bool]]] = {
    "like": (
        lambda bob, post: LikeFactory.create(user=bob, post=post),
        lambda answer: b'aria-pressed="true"' in answer.body,
    ),
    "mute": (
        lambda bob, post: Mute.objects.create(user=bob, muted=post.author),
        lambda answer: b" hidden>" in answer.body.partition(b'<article class="post')[2][:600],
    ),
    "another name": (_rename, lambda answer: b"Robert" in answer.body),
    "a new post": (
        lambda _bob, _post: PostFactory.create(content="SECOND"),
        lambda answer: b"SECOND" in answer.body,
    ),
    "deactivation": (
        lambda bob, _post: User.objects.filter(pk=bob.pk).update(is_active=False),
        lambda answer: b"data-viewer" not in answer.body,
    ),
    "all sessions ended": (
        lambda bob, _post: copy(bob).end_sessions(),
        lambda answer: b"data-viewer" not in answer.body,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_next_request_shows_the_change(bob: Browser, post: Post, change: str) -> None:
    make, shows = CHANGES[change]
    assert not shows(bob.hit())
    make(User.objects.get(username="bob"), post)
    assert shows(bob.get())


def bump_counts(_bob: User, _post: Post) -> None:
    feed_cache().invalidate_counts("test")


def _expire(bob: User, post: Post) -> None:
    Session.objects.update(expire_date=timezone.now())
    bump_counts(bob, post)


def _new_password(bob: User, _post: Post) -> None:
    bob.set_password("another fine password")
    bob.save()


ENDS: dict[str, Callable[[User, Post], Any]] = {
    "session deleted": lambda _bob, _post: Session.objects.all().delete(),
    "session expired": _expire,
    "new password": _new_password,
    "account deleted": lambda bob, _post: bob.delete(),
    "account deactivated": lambda bob, _post: User.objects.filter(pk=bob.pk).update(
        is_active=False
    ),
    "all sessions ended": lambda bob, _post: bob.end_sessions(),
}


@pytest.mark.parametrize("end", ENDS)
def test_next_request_is_signed_out_after(bob: Browser, post: Post, end: str) -> None:
    bob.hit()
    ENDS[end](User.objects.get(username="bob"), post)
    # The new generation has its page and rendering, so that only the viewer is to be read again.
    Browser(bob.door, UserFactory.create()).hit()
    answer = bob.get()
    assert b"data-viewer" not in answer.body
    assert answer.by_django


def test_viewer_is_renewed_by_two_queries_after_a_change_of_counts(
    bob: Browser, post: Post, clock: Clock
) -> None:
    before = bob.hit()
    bump_counts(post.author, post)
    clock.advance(0.000_001)
    with CaptureQueriesContext(connection) as queries:
        answer = bob.get()
    assert not answer.by_django
    assert len(queries) == 2
    assert unmasked(answer) == unmasked(before)
    with CaptureQueriesContext(connection) as queries:
        assert not bob.get().by_django
    assert len(queries) == 0


def test_viewer_is_renewed_in_a_new_generation(bob: Browser, post: Post) -> None:
    bob.hit()
    Post.objects.filter(pk=post.pk).update(content="CHANGED")
    Browser(bob.door, UserFactory.create()).hit()
    LikeFactory.create(user=User.objects.get(username="bob"), post=post)
    with CaptureQueriesContext(connection) as queries:
        answer = bob.get()
    assert not answer.by_django
    assert len(queries) == 2
    django = bob.door.django("/", Cookie=bob.cookies)
    assert b"CHANGED" in answer.body
    assert b'aria-pressed="true"' in answer.body
    assert unmasked(answer) == unmasked(django)
    assert lasting(answer) == lasting(django)


def test_another_page_of_a_known_viewer_costs_one_query(bob: Browser) -> None:
    PostFactory.create()
    bob.hit("/authors/ada/")
    bob.hit()
    with CaptureQueriesContext(connection) as queries:
        answer = bob.get("/authors/ada/")
    assert not answer.by_django
    assert len(queries) == 1


def test_use_of_a_session_is_left_to_django_until_it_is_recorded(
    bob: Browser, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.hit()
    monkeypatch.setattr(sessions, "recently_seen", RecentlySeen())
    SessionRecord.objects.all().delete()
    bump_counts(post.author, post)
    assert bob.get().by_django
    assert SessionRecord.objects.filter(session_id=bob.client.session.session_key).exists()
    bump_counts(post.author, post)
    assert not bob.get().by_django


def test_unlike_shows_at_once(bob: Browser, post: Post) -> None:
    LikeFactory.create(user=User.objects.get(username="bob"), post=post)
    assert b'aria-pressed="true"' in bob.hit().body
    Like.objects.all().delete()
    assert b'aria-pressed="true"' not in bob.get().body


def test_comment_shows_at_once_on_the_page_of_its_post(bob: Browser) -> None:
    post = PostFactory.create(author__username="zoe7")
    path = f"/posts/{post.pk}/"
    sees_all = feed_cache().store is not None or feed_cache().policy.single_process
    if sees_all:
        bob.hit(path)
    bob.client.post(f"{path}comments/", {"content": "SECOND"})
    # Shows the same post and author. Then Bob is known with the new counts and his marks on it,
    # while the page of the post is fresh and without them.
    bob.hit("/authors/zoe7/")
    for _ in range(3):
        assert b"SECOND" in bob.get(path).body


@pytest.mark.redis
def test_end_of_the_session_in_another_worker_shows_at_once(bob: Browser, clock: Clock) -> None:
    store = feed_cache().store
    assert store
    bob.hit()
    key = bob.client.session.session_key
    Session.objects.filter(pk=key)._raw_delete("default")
    assert not bob.get().by_django, "nothing was announced yet"
    store.confirm(seen=0, bump="counts")
    clock.advance(0.000_001)
    assert b"data-viewer" not in bob.get().body


@pytest.mark.parametrize("seconds", [1.9, 29.9, 30.1])
def test_viewer_is_read_again_after_the_known_time(
    bob: Browser, clock: Clock, seconds: float
) -> None:
    bob.hit("/authors/ada/")
    limit = KNOWN_SECONDS if feed_cache().store else KNOWN_AWAY_SECONDS
    clock.advance(seconds)
    with CaptureQueriesContext(connection) as queries:
        answer = bob.get("/authors/ada/")
    assert (len(queries) > 0) == (seconds > limit)
    assert answer.by_django == (seconds > KNOWN_SECONDS)  # it reads the powers too


def test_page_in_its_grace_goes_to_django(bob: Browser, clock: Clock) -> None:
    bob.hit()
    clock.advance(26)
    assert bob.get().by_django


def test_due_self_check_sends_a_hit_to_django(bob: Browser, clock: Clock) -> None:
    bob.hit()
    feed_cache().self_check.due_at = clock()
    answer = bob.get()
    single = feed_cache().policy.single_process
    assert answer.by_django == (single or feed_cache().store is not None)


def test_exhausted_pool_goes_to_django(bob: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def current(since: float) -> Any:
        raise PoolExhausted

    bob.hit()
    monkeypatch.setattr(feed_cache().generations, "current", current)
    answer = bob.get()
    assert answer.by_django
    assert answer.status == 200


@pytest.mark.parametrize(
    "given",
    [
        {"Authorization": "Bearer of whom"},
        {"If_Match": "*"},
        {"cookies": "; csrftoken=short"},
        {"cookies": "; messages=something"},
        {"cookies": "; sessionid="},
        {"cookies": "; name=\xe9"},
    ],
    ids=str,
)
def test_other_requests_go_to_django(bob: Browser, given: dict[str, str]) -> None:
    bob.hit()
    assert bob.get(**given).by_django
    head = bob.door.request("HEAD", "/", Cookie=bob.cookies)
    assert head.by_django


def test_hosts_and_schemes_have_separate_pages(bob: Browser) -> None:
    for host, scheme in (("localhost", "http"), ("127.0.0.1", "http"), ("localhost", "https")):
        address = {"Host": host, "wsgi.url_scheme": scheme}
        assert bob.get(**address).by_django
        bob.hit(**address)
    assert bob.get(Host="evil.example").status == 400


def test_other_pages_go_to_django(bob: Browser, post: Post) -> None:
    for path in ("/search/?q=first", "/accounts/profile/", "/nowhere/", f"/?x={'x' * 1_000}"):
        for _ in range(4):
            assert bob.get(path).by_django, path


def test_message_is_shown_once(bob: Browser) -> None:
    bob.hit()
    storage, response = MessagesCookie(bob.client.get("/").wsgi_request), HttpResponse()
    storage.add(constants.INFO, "Well done.")
    storage.update(response)
    cookie = response.cookies[configured.MESSAGES_COOKIE_NAME].OutputString()
    answer = bob.get(cookies=f"; {cookie}")
    assert b"Well done." in answer.body
    assert b"Well done." not in bob.hit().body


def test_hits_are_counted(bob: Browser) -> None:
    bob.hit()
    before = feed_cache().metrics.counts()["hits"]
    assert not bob.get().by_django
    assert feed_cache().metrics.counts()["hits"] == before + 1


def test_noted_pages_are_bounded(bob: Browser, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in_door, "MAX_PAGES", 2)
    door = bob.door.signed_in
    for number in range(5):
        bob.hit(f"/?x={number}")
        assert len(door) <= 2


def test_tokens_are_those_of_django() -> None:
    secrets = {csrf.masked_token("a" * 31 + character) for character in CSRF_ALLOWED_CHARS}
    assert len(secrets) == len(CSRF_ALLOWED_CHARS)
    characters = set[str]()
    for _ in range(100):
        secret = get_random_string(32)
        token = csrf.masked_token(secret)
        assert _does_token_match(token, secret)
        assert not _does_token_match(token, get_random_string(32))
        characters |= {*token}
    assert characters == {*CSRF_ALLOWED_CHARS}


def test_form_of_such_a_page_is_accepted(bob: Browser) -> None:
    token = TOKEN.findall(bob.hit().body)[0].decode()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = SimpleCookie(bob.cookies)
    form = {"csrfmiddlewaretoken": token, "content": "SECOND"}
    assert strict.post("/posts/new/", form).status_code == 302
    assert Post.objects.filter(content="SECOND").exists()
