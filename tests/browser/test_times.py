"""Relative times, computed with the reader's clock, so that a cached page can be old."""

import re
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
    time = reader.card(post).locator("time")
    expect(time).to_have_attribute("title", re.compile("^Thursday.*08:05:00"))
    title = time.get_attribute("title")
    shown = "time => getComputedStyle(time, '::after').content"
    assert reader.card(post).locator("time").evaluate(shown) == "none"
    reader.page.keyboard.press("j")
    while not reader.page.evaluate("document.activeElement.matches('.when a')"):
        reader.page.keyboard.press("Tab")
    assert reader.card(post).locator("time").evaluate(shown) == f'"{title}"'
    reader.page.clock.set_fixed_time(datetime(2026, 3, 12, 1, 5, tzinfo=UTC))
    reader.open(f"/posts/{post.pk}/")
    expect(reader.card(post).locator("time")).to_have_text("12 Mar 2026, 08:05 · 2 hours ago")


def test_times_are_updated_while_the_page_is_open(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit()
    reader.page.clock.install()
    reader.open()
    time = reader.card(post).locator("time")
    expect(time).to_have_text("just now")
    reader.page.clock.run_for(3 * 60_000)
    expect(time).to_have_text("3 minutes ago")


@pytest.mark.parametrize("zone", ["of the device", "of the preferences"])
def test_day_is_that_of_the_reader(visit: Visit, zone: str) -> None:
    midnight = datetime(2026, 3, 29, tzinfo=UTC)
    hours = (-13, -12, 10.5, 11.5)  # the clocks of Auckland are 13 hours ahead on that day
    before, first, last, after = [post_at(midnight + timedelta(hours=hour)) for hour in hours]
    reader = visit(locale="en-GB", timezone_id="Pacific/Auckland" if "device" in zone else "UTC")
    if zone == "of the preferences":
        reader.prefer("zone=Pacific/Auckland")
    reader.page.clock.set_fixed_time(midnight + timedelta(days=2))
    reader.open()
    days = {post: reader.card(post).get_attribute("data-day") for post in (after, last, first)}
    assert days == {after: "Yesterday", last: "Sunday 29 March", first: None}
    assert reader.card(before).get_attribute("data-day") is None
    reader.page.get_by_text("Go to a date").click()
    reader.page.get_by_label("Posts up to the end of").fill("2026-03-29")
    reader.page.get_by_role("button", name="Go", exact=True).click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Posts up to 29 March 2026")
    assert reader.ids() == [str(post.pk) for post in (last, first, before)]


def post_at(moment: datetime) -> Post:
    post: Post = PostFactory.create()
    Post.objects.filter(pk=post.pk).update(created_at=moment)
    return post
