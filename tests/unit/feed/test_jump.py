"""`GET /?date=` and `/?newer=`: from the feed to a day, and back towards newer posts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from feed.cursors import Cursor
from posts.models import Post
from tests.factories import PostFactory
from tests.unit.feed.reading import get, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

MIDNIGHT = datetime(2024, 5, 18, tzinfo=UTC)


def position(post: Post) -> str:
    return Cursor(post.created_at, post.pk).encode()


def test_page_of_a_day_begins_with_its_last_post() -> None:
    moments = [timedelta(0), -timedelta(microseconds=1), -timedelta(hours=5), -timedelta(days=3)]
    after, *expected = (PostFactory.create(created_at=MIDNIGHT + moment) for moment in moments)
    answer = get("/?date=2024-05-17")
    assert answer.status_code == 302
    assert shown(get(answer["Location"])) == [post.pk for post in expected]
    assert shown(get(get("/?date=2024-05-18")["Location"]))[0] == after.pk
    assert shown(get(get("/?date=2024-05-15")["Location"])) == [expected[-1].pk]
    assert shown(get(get("/?date=0001-01-01")["Location"])) == []


def test_page_of_a_day_is_that_of_the_reader() -> None:
    east, west = (PostFactory.create(created_at=MIDNIGHT + timedelta(hours=h)) for h in (-9, 6))
    tokyo, new_york = (get(f"/?date=2024-05-17&offset={minutes}") for minutes in (540, -420))
    assert shown(get(tokyo["Location"])) == []
    assert shown(get(new_york["Location"])) == [west.pk, east.pk]
    assert shown(get(get("/?date=2024-05-18&offset=540")["Location"])) == [west.pk, east.pk]
    now = timezone.now()
    far_east = (now + timedelta(hours=14)).date()
    assert get(f"/?date={far_east - timedelta(days=1)}&offset=840")["Location"] != "/"
    assert get(f"/?date={far_east}&offset=840")["Location"] == "/"


def test_page_of_older_posts_names_its_day_and_leads_to_newer_posts() -> None:
    posts = [
        PostFactory.create(created_at=MIDNIGHT - timedelta(minutes=1 + number // 2))
        for number in range(50)
    ]
    posts.sort(key=lambda post: (post.created_at, post.pk), reverse=True)
    pks = [post.pk for post in posts]
    page = get(f"/?cursor={position(posts[44])}")
    assert shown(page) == pks[45:]
    assert "<h1>Posts up to <time" in text(page)
    assert 'data-time="day">17 May 2024 UTC</time></h1>' in text(page)
    for expected in (pks[25:45], pks[5:25], pks[:20]):
        newer = re.search(r'rel="prev" href="(\?newer=[^"]+)"', text(page))
        assert newer
        page = get(get("/" + newer[1])["Location"])
        assert shown(page) == expected
    assert 'rel="prev"' not in text(page)


@pytest.mark.parametrize(
    "query", ["newer=x", "date=2024-05-17&offset=", "date=2024-05-17&offset=1440"]
)
def test_broken_link_to_a_day_or_to_newer_posts_is_refused_with_a_page(query: str) -> None:
    assert get(f"/?{query}").status_code == 400


def test_the_page_of_a_day_has_one_address_for_all() -> None:
    assert get("/?date=2024-05-17")["Location"] == get("/?date=20240517")["Location"]


@pytest.mark.parametrize("day", ["", "9999-12-31", "today", "tomorrow"])
def test_empty_or_future_day_is_the_newest_page(day: str) -> None:
    named = {"today": timezone.now(), "tomorrow": timezone.now() + timedelta(days=1)}
    if day in named:
        day = named[day].astimezone(UTC).date().isoformat()
    answer = get(f"/?date={day}")
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "2024-05-17T00:00", "0", "%00"])
def test_text_that_is_no_date_is_refused_with_a_page(day: str) -> None:
    assert get(f"/?date={day}").status_code == 400
    assert not Post.objects.exists()
