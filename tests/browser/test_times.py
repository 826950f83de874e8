"""Relative times, computed with the reader's clock, so that a cached page can be old."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=-40), "just now"),  # in the future, by the reader's clock
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(hours=24), "yesterday"),
        (timedelta(hours=37), "2 days ago"),  # 23:00 of the day before yesterday
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "4 Mar"),
        (timedelta(days=100), "1 Dec 2025"),
    ],
)
def test_times_are_relative_or_dates(visit: Visit, ago: timedelta, text: str) -> None:
    post = PostFactory.create()
    Post.objects.filter(pk=post.pk).update(created_at=NOW - ago)
    reader = visit(locale="en-GB", timezone_id="UTC")
    reader.page.clock.set_fixed_time(NOW)
    reader.open()
    expect(reader.card(post).locator("time")).to_have_text(text)


def test_exact_time_is_in_the_time_zone_of_the_reader(visit: Visit) -> None:
    post = PostFactory.create()
    Post.objects.filter(pk=post.pk).update(created_at=datetime(2026, 3, 11, 23, 5, tzinfo=UTC))
    reader = visit(locale="en-GB", timezone_id="Asia/Tokyo").open()
    title = reader.card(post).locator("time").get_attribute("title")
    assert title
    assert title.startswith("Thursday")
    assert "08:05:00" in title


def test_times_are_updated_while_the_page_is_open(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit()
    reader.page.clock.install()
    reader.open()
    time = reader.card(post).locator("time")
    expect(time).to_have_text("just now")
    reader.page.clock.run_for(3 * 60_000)
    expect(time).to_have_text("3 minutes ago")
