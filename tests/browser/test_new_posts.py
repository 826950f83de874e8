"""What others post is offered, and nothing moves until the offer is taken."""

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


def waiting(visit: Visit, user: User | None = None) -> Reader:
    """A reader whose clock only the test moves on."""
    reader = visit(user)
    reader.page.clock.install()
    reader.open()
    reader.page.clock.pause_at(timezone.now() + timedelta(seconds=1))
    return reader


def earlier(count: int) -> list[Post]:
    """Posts of an hour ago, for a list that has something in it."""
    posts = PostFactory.create_batch(count, author=UserFactory.create())
    Post.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return posts


def questions(reader: Reader) -> list[Request]:
    """What is asked of the feed from here on."""
    return reader.requests(lambda request: request.url.endswith("/api/feed/"))


def test_what_one_writes_another_is_offered(visit: Visit) -> None:
    earlier(1)
    writer, reader = visit(UserFactory.create()).open(), waiting(visit)
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


def test_nothing_moves_before_it_is_taken(visit: Visit) -> None:
    shown = earlier(15)
    reader = waiting(visit)
    held = reader.card(shown[5])
    held.scroll_into_view_if_needed()
    held.focus()
    before = held.bounding_box()
    PostFactory.create_batch(3, author=UserFactory.create())
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("3 new posts")
    assert held.bounding_box() == before
    expect(held).to_be_focused()
    expect(reader.cards).to_have_count(15)


def test_one_s_own_and_those_of_the_muted_do_not_count(visit: Visit) -> None:
    earlier(1)
    me, muted, other = UserFactory.create(), UserFactory.create(), UserFactory.create()
    Mute.objects.create(user=me, muted=muted)
    reader = waiting(visit, me)
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


def test_while_nothing_changes_the_answer_is_short(visit: Visit) -> None:
    earlier(1)
    reader = waiting(visit)
    with reader.page.expect_response("**/api/feed/") as first:
        reader.page.clock.run_for(LATER)
    first.value.finished()
    with reader.page.expect_response("**/api/feed/") as second:
        reader.page.clock.run_for(LATER)
    assert (first.value.status, second.value.status) == (200, 304)


def test_the_question_carries_no_cookie(visit: Visit) -> None:
    reader = waiting(visit, UserFactory.create())
    with reader.page.expect_request("**/api/feed/") as asked:
        reader.page.clock.run_for(LATER)
    assert "cookie" not in asked.value.all_headers()


def test_a_page_that_nobody_sees_does_not_ask(visit: Visit) -> None:
    earlier(1)
    reader = waiting(visit)
    asked = questions(reader)
    reader.page.evaluate(
        """Object.defineProperty(document, "hidden", {value: true, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"))"""
    )
    reader.page.clock.run_for(10 * LATER)
    assert asked == []
    with reader.page.expect_response("**/api/feed/"):
        reader.page.evaluate(
            """delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))"""
        )


def test_it_asks_less_often_while_the_server_fails(visit: Visit) -> None:
    earlier(1)
    reader = waiting(visit)
    reader.expect_error("503")
    reader.page.route("**/api/feed/", lambda route: route.fulfill(status=503))
    with reader.page.expect_response("**/api/feed/"):
        reader.page.clock.run_for(LATER)
    asked = questions(reader)
    reader.page.clock.run_for(10_000)
    assert asked == []  # twice as long a wait now
    reader.page.unroute("**/api/feed/")
    PostFactory.create()
    while not asked:  # in small steps: a question that gets no answer for ten seconds is given up
        reader.page.clock.run_for(1_000)
    expect(reader.news).to_have_text("1 new post")


def test_more_than_a_page_is_missed_by_nobody(visit: Visit) -> None:
    old = earlier(3)
    reader = waiting(visit)
    new = PostFactory.create_batch(45, author=UserFactory.create())
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_have_text("More than 20 new posts")
    reader.news.click()
    expect(reader.cards).to_have_count(48)
    assert reader.ids() == [str(post.pk) for post in reversed([*old, *new])]
    expect(reader.cards.first).to_be_focused()


def test_an_offer_that_can_not_be_kept_stays_an_offer(visit: Visit) -> None:
    earlier(1)
    reader = waiting(visit)
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


def test_the_first_post_of_all_takes_the_place_of_the_empty_page(visit: Visit) -> None:
    reader = waiting(visit)
    expect(reader.page.get_by_text("Nothing here yet")).to_be_visible()
    PostFactory.create()
    reader.page.clock.run_for(LATER)
    expect(reader.news).to_be_visible()
    reader.page.keyboard.press(".")
    expect(reader.cards).to_have_count(1)
    expect(reader.page.get_by_text("Nothing here yet")).to_be_hidden()
    expect(reader.page.get_by_role("feed")).to_have_accessible_name("Posts")
