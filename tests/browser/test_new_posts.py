"""New posts of others are offered; the page changes only when the offer is accepted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Request, expect

from posts.models import Mute, Post, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

LATER = 20_000  # milliseconds: past the time of the next poll


def open_with_clock(visit: Visit, user: User | None = None) -> Reader:
    """Open the feed in a browser whose clock is controlled by the test."""
    reader = visit(user)
    reader.page.clock.install()
    reader.open()
    reader.page.clock.pause_at(timezone.now() + timedelta(seconds=1))
    return reader


def earlier(count: int) -> list[Post]:
    """Create posts of an hour ago, so that the list is not empty."""
    posts = PostFactory.create_batch(count, author=UserFactory.create())
    Post.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return posts


def polls(reader: Reader) -> list[Request]:
    """Return a list to which later requests for the feed are appended."""
    return reader.requests(lambda request: request.url.endswith("/api/feed/"))


def test_new_post_of_another_author_is_offered(visit: Visit) -> None:
    earlier(1)
    writer, reader = visit(UserFactory.create()).open(), open_with_clock(visit)
    writer.text.fill("News of today.")
    writer.send.click()
    expect(writer.cards.first).to_contain_text("News of today.")
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("1 new post")
    expect(reader.page.locator("[data-news]")).to_have_text("1 new post")
    expect(reader.cards).to_have_count(1)
    reader.news.click()
    expect(reader.cards.first).to_contain_text("News of today.")
    expect(reader.cards.first).to_be_focused()
    expect(reader.news).to_be_hidden()


def test_page_does_not_move_before_the_offer_is_accepted(visit: Visit) -> None:
    posts = earlier(15)
    reader = open_with_clock(visit)
    card = reader.card(posts[5])
    card.scroll_into_view_if_needed()
    card.focus()
    before = card.bounding_box()
    PostFactory.create_batch(3, author=UserFactory.create())
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("3 new posts")
    assert card.bounding_box() == before
    expect(card).to_be_focused()
    expect(reader.cards).to_have_count(15)


def test_own_posts_and_posts_of_muted_authors_are_not_counted(visit: Visit) -> None:
    earlier(1)
    me, muted, other = UserFactory.create(), UserFactory.create(), UserFactory.create()
    Mute.objects.create(user=me, muted=muted)
    reader = open_with_clock(visit, me)
    PostFactory.create(author=me)
    PostFactory.create(author=muted)
    theirs = PostFactory.create(author=other)
    PostFactory.create(author=muted)
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("1 new post")
    reader.news.click()
    expect(reader.cards).to_have_count(3)
    assert str(theirs.pk) in reader.ids()
    expect(reader.cards.first).to_be_focused()


def test_poll_without_change_is_answered_with_304(visit: Visit) -> None:
    earlier(1)
    reader = open_with_clock(visit)
    with reader.page.expect_response("**/api/feed/") as first:
        reader.page.clock.run_for(LATER)
    first.value.finished()
    with reader.page.expect_response("**/api/feed/") as second:
        reader.page.clock.run_for(LATER)
    assert (first.value.status, second.value.status) == (200, 304)


def test_poll_sends_no_cookie(visit: Visit) -> None:
    reader = open_with_clock(visit, UserFactory.create())
    with reader.page.expect_request("**/api/feed/") as requests:
        reader.page.clock.run_for(LATER)
    assert "cookie" not in requests.value.all_headers()


def test_hidden_page_does_not_poll(visit: Visit) -> None:
    earlier(1)
    reader = open_with_clock(visit)
    requests = polls(reader)
    reader.page.evaluate(
        """Object.defineProperty(document, "hidden", {value: true, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"))"""
    )
    reader.page.clock.run_for(10 * LATER)
    assert requests == []
    with reader.page.expect_response("**/api/feed/"):
        reader.page.evaluate(
            """delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))"""
        )


def test_poll_interval_grows_while_the_server_fails(visit: Visit) -> None:
    earlier(1)
    reader = open_with_clock(visit)
    reader.expect_error("503")
    reader.page.route("**/api/feed/", lambda route: route.fulfill(status=503))
    with reader.page.expect_response("**/api/feed/"):
        reader.page.clock.run_for(LATER)
    requests = polls(reader)
    reader.page.clock.run_for(10_000)
    assert requests == []  # the interval has doubled
    reader.page.unroute("**/api/feed/")
    PostFactory.create()
    while not requests:  # small steps: a request is cancelled after ten seconds of the page's clock
        reader.page.clock.run_for(1_000)
    expect(reader.news).to_have_text("1 new post")


def test_more_than_a_page_of_new_posts_is_loaded_completely(visit: Visit) -> None:
    old = earlier(3)
    reader = open_with_clock(visit)
    new = PostFactory.create_batch(45, author=UserFactory.create())
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("More than 20 new posts")
    reader.news.click()
    expect(reader.cards).to_have_count(48)
    assert reader.ids() == [str(post.pk) for post in reversed([*old, *new])]
    expect(reader.cards.first).to_be_focused()


def test_failed_load_of_new_posts_keeps_the_offer(visit: Visit) -> None:
    earlier(1)
    reader = open_with_clock(visit)
    reader.expect_error("500")
    PostFactory.create()
    reader.page.clock.run_for(LATER)
    reader.page.route(reader.url + "/", lambda route: route.fulfill(status=500))
    reader.news.click()
    expect(reader.toasts).to_contain_text("The new posts did not load. Try again.")
    expect(reader.news).to_have_text("1 new post")
    expect(reader.news).to_be_focused()
    reader.page.unroute(reader.url + "/")
    reader.news.click()
    expect(reader.cards).to_have_count(2)


def test_first_post_replaces_the_empty_page(visit: Visit) -> None:
    reader = open_with_clock(visit)
    expect(reader.page.get_by_text("Nothing here yet")).to_be_visible()
    PostFactory.create()
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_be_visible()
    reader.page.keyboard.press(".")
    expect(reader.cards).to_have_count(1)
    expect(reader.page.get_by_text("Nothing here yet")).to_be_hidden()
    expect(reader.page.get_by_role("feed")).to_have_accessible_name("Posts")
