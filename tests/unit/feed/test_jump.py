"""`GET /?date=`: from the feed to a day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from posts.models import Post
from tests.factories import PostFactory
from tests.unit.feed.reading import get, shown

pytestmark = pytest.mark.django_db(transaction=True)

MIDNIGHT = datetime(2024, 5, 18, tzinfo=UTC)


def test_page_of_a_day_begins_with_its_last_post() -> None:
    moments = [timedelta(0), -timedelta(microseconds=1), -timedelta(hours=5), -timedelta(days=3)]
    after, *expected = (PostFactory.create(created_at=MIDNIGHT + moment) for moment in moments)
    answer = get("/?date=2024-05-17")
    assert answer.status_code == 302
    assert shown(get(answer["Location"])) == [post.pk for post in expected]
    assert shown(get(get("/?date=2024-05-18")["Location"]))[0] == after.pk
    assert shown(get(get("/?date=2024-05-15")["Location"])) == [expected[-1].pk]
    assert shown(get(get("/?date=0001-01-01")["Location"])) == []


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
