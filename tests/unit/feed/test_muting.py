"""A mute hides a person's posts from its maker only, at once and on every worker.

Two workers in this process: each has a separate cache and separate known viewers. With
real processes, see test_fleet.py.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

import feed.cache
from feed import responses
from feed.viewers import Viewers
from posts.models import Comment, Mute, Post, User
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.feed.reading import shown, text

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ["/", "/tags/tag/", "/search/?q=word"]


def form(bob: User, action: str) -> None:
    client = Client()
    client.force_login(bob)
    assert client.post("/authors/ada/mute/", {"action": action}).status_code == 302


def _given(bob: User, ada: User) -> None:
    mute = Mute.objects.create(user=bob, muted=UserFactory.create())
    Mute.objects.filter(pk=mute.pk).update(muted=ada)


# After each, Bob mutes Ada; before, he did not.
MUTE: dict[str, Callable[[User, User], Any]] = {
    "saved": lambda bob, ada: Mute(user=bob, muted=ada).save(),
    "created": lambda bob, ada: bob.mutes.create(muted=ada),
    "get_or_create": lambda bob, ada: Mute.objects.get_or_create(user=bob, muted=ada),
    "bulk_create": lambda bob, ada: Mute.objects.bulk_create([Mute(user=bob, muted=ada)]),
    "form": lambda bob, _ada: form(bob, "mute"),
    "another mute, by update": _given,
}
# And each undoes it.
UNMUTE: dict[str, Callable[[User, User], Any]] = {
    "delete": lambda bob, _ada: Mute.objects.get(user=bob).delete(),
    "QuerySet.delete": lambda bob, _ada: bob.mutes.all().delete(),
    "form": lambda bob, _ada: form(bob, "unmute"),
    "by update": lambda _bob, _ada: Mute.objects.update(muted=UserFactory.create()),
}


class Reader:
    """A browser that reads from two workers in turn, signed in as `user` or signed out."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
        self._there = feed.cache._create.__wrapped__()
        self._knowledge = Viewers(1_000_000)

    def get(self, path: str, *, there: bool) -> Any:
        if not there:
            return self.client.get(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(responses, "known_viewers", lambda: self._knowledge)
            patch.setattr(feed.cache, "_create", lambda: self._there)
            return self.client.get(path)

    def sees(self, path: str) -> list[list[int]]:
        return [shown(self.get(path, there=there)) for there in (False, True)]


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada")
    return user


@pytest.fixture
def bob() -> User:
    user: User = UserFactory.create(username="bob")
    return user


@pytest.fixture
def hers(ada: User) -> Post:
    post: Post = PostFactory.create(author=ada, content="#tag word")
    return post


@pytest.fixture
def other(hers: Post) -> Post:
    post: Post = PostFactory.create(content="#tag word")
    return post


@pytest.mark.redis
@pytest.mark.parametrize(("mute", "unmute"), [*zip(MUTE, cycle(UNMUTE), strict=False)])
def test_every_kind_of_mute_shows_on_the_next_page_of_every_worker(
    mute: str, unmute: str, ada: User, bob: User, hers: Post, other: Post
) -> None:
    everything, without = [[other.pk, hers.pk]] * 2, [[other.pk]] * 2
    reader, signed_out = Reader(bob), Reader()
    for path in PATHS:
        assert reader.sees(path) == everything
    MUTE[mute](bob, ada)
    for path in PATHS:
        assert reader.sees(path) == without, path
        assert signed_out.sees(path) == everything, path
    UNMUTE[unmute](bob, ada)
    for path in PATHS:
        assert reader.sees(path) == everything, path


def test_worker_that_was_written_to_shows_the_mute_at_once(
    ada: User, bob: User, hers: Post, other: Post
) -> None:
    client = Client()
    client.force_login(bob)
    for write, expected in ((MUTE["form"], [other.pk]), (UNMUTE["form"], [other.pk, hers.pk])):
        write(bob, ada)
        for path in PATHS:
            assert shown(client.get(path)) == expected


def test_pages_of_a_muted_author_stay_readable(ada: User, bob: User, hers: Post) -> None:
    MUTE["saved"](bob, ada)
    client = Client()
    client.force_login(bob)
    page = client.get("/authors/ada/")
    assert f'id="post-{hers.pk}"' in text(page)
    assert 'value="unmute"' in text(page)
    assert shown(client.get(f"/posts/{hers.pk}/")) == [hers.pk]


def test_comments_of_muted_people_are_hidden(ada: User, bob: User, other: Post) -> None:
    comments: list[Comment] = [
        CommentFactory.create(post=other, author=author) for author in (ada, bob)
    ]
    client = Client()
    client.force_login(bob)
    MUTE["saved"](bob, ada)
    assert shown(client.get(f"/posts/{other.pk}/"), "comment") == [comments[1].pk]
    assert len(shown(Client().get(f"/posts/{other.pk}/"), "comment")) == 2


def test_mute_changes_no_page_of_others(ada: User, bob: User, hers: Post) -> None:
    MUTE["saved"](bob, ada)
    for viewer in (ada, UserFactory.create(is_staff=True)):
        client = Client()
        client.force_login(viewer)
        assert shown(client.get("/")) == [hers.pk]
        assert 'value="unmute"' not in text(client.get("/authors/ada/"))
        assert 'value="unmute"' not in text(client.get("/authors/bob/"))


def test_own_posts_offer_no_mute(ada: User, hers: Post) -> None:
    client = Client()
    client.force_login(ada)
    for path in ("/", "/authors/ada/", f"/posts/{hers.pk}/"):
        assert 'value="mute"' not in text(client.get(path))


def test_mutes_of_two_authors_without_posts_are_separate(
    ada: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Marks are cached by the posts and people on a page; these pages have no posts."""
    carol = UserFactory.create(username="carol")
    MUTE["saved"](bob, ada)
    client = Client()
    client.force_login(bob)
    for _ in range(2):
        assert 'value="unmute"' not in text(client.get(f"/authors/{carol.username}/"))
        assert 'value="unmute"' in text(client.get("/authors/ada/"))
    client.get(f"/authors/{carol.username}/")
    with django_assert_num_queries(0):
        client.get(f"/authors/{carol.username}/")
