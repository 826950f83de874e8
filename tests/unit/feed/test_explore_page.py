"""The page that offers hashtags and people, and its part beside other pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from feed import trends
from feed.errors import QueryTooSlowError
from feed.trends import WEEK, RecentTrends, Trends, trends_of
from posts.models import Like, Mute, Post, User
from tests.factories import LikeFactory, PostFactory, UserFactory
from tests.unit.feed.reading import PRIVATE, PUBLIC, get, text

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ["/explore/", "/explore/rail/"]


@pytest.fixture
def since() -> Any:
    return timezone.now() - WEEK


@pytest.fixture(autouse=True)
def _kept_trends(settings: Settings) -> None:
    """As in production, the trends of a process are kept for a minute."""
    settings.TRENDS_SECONDS = 60.0


def people(response: Any) -> list[str]:
    """Return the usernames of the people that are offered and not hidden."""
    person = r'<li ?>\s*<(?:span|img) class="avatar.*?@([\w.]+)</bdi>'
    return re.findall(person, text(response), re.DOTALL)


def test_hashtags_count_people_and_not_posts(since: Any) -> None:
    for _ in range(2):
        PostFactory.create(content="#Bread")
    PostFactory.create(content="#tea #bread")
    loud = UserFactory.create()
    for number in range(9):
        PostFactory.create(author=loud, content=f"#buy #BUY #tea {number}")
    assert trends_of(since).tags == (("bread", 3), ("tea", 2))


def test_only_visible_posts_of_the_week_count(since: Any) -> None:
    tagged = PostFactory.create_batch(2, content="#tea")
    PostFactory.create(content="#coffee")
    PostFactory.create(content="#coffee", author__is_active=False)
    PostFactory.create(content="#coffee", created_at=since - timedelta(seconds=1))
    assert trends_of(since).tags == (("tea", 2),)
    User.objects.filter(pk=tagged[0].author_id).update(is_active=False)
    assert trends_of(since).tags == ()


def test_people_are_those_whose_best_post_others_liked_most(since: Any) -> None:
    best, many, vain = UserFactory.create_batch(3)
    LikeFactory.create_batch(3, post=PostFactory.create(author=best))
    for _ in range(4):
        LikeFactory.create_batch(2, post=PostFactory.create(author=many))
    LikeFactory.create(post=(post := PostFactory.create(author=vain)))
    Like.objects.create(post=post, user=vain)
    User.objects.update(date_joined=since - timedelta(days=1))
    assert trends_of(since).people == (best.pk, many.pk)


def test_new_people_who_have_posted_follow(since: Any) -> None:
    liked = LikeFactory.create_batch(2, post=PostFactory.create())[0].post.author
    new = PostFactory.create(author__date_joined=timezone.now()).author
    UserFactory.create(date_joined=timezone.now())
    assert trends_of(since).people == (liked.pk, new.pk)


def test_lists_are_short_and_what_is_read_is_bounded(
    since: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trends, "MAX_TAGS", 2)
    monkeypatch.setattr(trends, "RECENT_POSTS", 2)
    PostFactory.create_batch(2, content="#old")
    PostFactory.create_batch(2, content="#a #b #c")
    assert trends_of(since).tags == (("a", 2), ("b", 2))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_trends_are_computed_again_after_a_minute(since: Any) -> None:
    clock = Clock()
    recent = RecentTrends(60.0, clock=clock)
    assert recent.current() == Trends()
    PostFactory.create_batch(2, content="#tea")
    clock.now = 59.999
    assert recent.current() == Trends()
    clock.now = 60.0
    assert recent.current().tags == (("tea", 2),)


@pytest.mark.parametrize("error", [OperationalError, QueryTooSlowError])
def test_trends_stay_when_the_database_fails(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    PostFactory.create_batch(2, content="#tea")
    recent = RecentTrends(60.0, clock=clock)
    known = recent.current()

    def fail(_since: object) -> Trends:
        raise error

    monkeypatch.setattr(trends, "trends_of", fail)
    clock.now = 120.0
    assert recent.current() is known
    assert known.tags


def test_readers_do_not_wait_while_the_trends_are_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    recent = RecentTrends(60.0, clock=clock)
    known = recent.current()
    asked = []

    def compute(_since: object) -> Trends:
        asked.append(recent.current())  # another reader, who would wait forever
        return Trends((("tea", 2),))

    monkeypatch.setattr(trends, "trends_of", compute)
    clock.now = 120.0
    assert recent.current().tags == (("tea", 2),)
    assert asked == [known]


@pytest.fixture
def ada() -> User:
    """A person who is offered, beside another one."""
    ada: User = UserFactory.create(username="ada")
    for author in (ada, UserFactory.create(username="bob")):
        LikeFactory.create_batch(2, post=PostFactory.create(author=author, content="#tea"))
    return ada


@pytest.mark.parametrize("path", PATHS)
def test_page_is_cached_and_shows_people_as_they_are(
    path: str, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert sorted(people(get(path))) == ["ada", "bob"]
    with django_assert_num_queries(0):
        again = get(path)
    assert again["Cache-Status"].startswith("feed; hit")
    assert again["Cache-Control"] == PUBLIC
    assert 'href="/tags/tea/"' in text(again)
    assert "2 people" in text(again)
    User.objects.filter(pk=ada.pk).update(display_name="Countess")
    assert "Countess" in text(get(path))
    Post.objects.create(author=ada, content="Something else changes.")
    with django_assert_num_queries(1):  # the trends are not computed again
        get(path)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert people(get(path)) == ["bob"]


@pytest.mark.parametrize("path", PATHS)
def test_muted_people_are_hidden_from_their_muter_alone(path: str, ada: User) -> None:
    reader, other = UserFactory.create_batch(2)
    Mute.objects.create(user=reader, muted=ada)
    assert people(get(path, reader)) == ["bob"]
    assert get(path, reader)["Cache-Control"] == PRIVATE
    assert sorted(people(get(path, other))) == ["ada", "bob"]
    assert sorted(people(get(path))) == ["ada", "bob"]


def test_rail_is_a_part_of_pages_and_no_page(ada: User) -> None:
    rail = get("/explore/rail/")
    assert "<html" not in text(rail)
    assert rail["X-Robots-Tag"] == "noindex"
    for path in ("/", "/authors/ada/", "/tags/tea/"):
        page = text(get(path))
        assert 'data-rail="/explore/rail/"' in page
        assert "Hashtags of the week</h2>" not in page


def test_quiet_week_has_a_sentence() -> None:
    assert "It is quiet this week" in text(get("/explore/"))
