"""Muting an author without leaving the page."""

import pytest
from playwright.sync_api import expect

from posts.models import User
from tests.browser.conftest import Visit
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_muting_keeps_the_page_in_place_and_can_be_undone(visit: Visit) -> None:
    author = UserFactory.create(username="loud")
    post = PostFactory.create(author=author)
    others = PostFactory.create_batch(12, author=UserFactory.create())
    buy = [PostFactory.create(author=author) for _ in range(2)]
    above, *_ = PostFactory.create_batch(3, author=UserFactory.create())
    reader = visit(UserFactory.create(username="ada")).open()
    reader.page.evaluate("window.same = true")
    reader.card(buy[0]).evaluate("card => card.scrollIntoView({behavior: 'instant'})")
    place = "card => card.getBoundingClientRect().top"
    before = reader.card(buy[0]).evaluate(place)
    reader.menu(reader.card(buy[0]), "text=Mute @loud")
    expect(reader.toasts).to_contain_text("You no longer see what loud writes.")
    for card in map(reader.card, (*buy, post)):
        expect(card).to_be_hidden()
    expect(reader.card(others[-1])).to_be_focused()
    assert reader.card(others[-1]).evaluate(place) == pytest.approx(before, abs=1)
    reader.toasts.get_by_role("button", name="Undo").click()
    expect(reader.card(buy[0])).to_be_focused()
    expect(reader.card(buy[0])).to_be_in_viewport()
    assert User.objects.get(username="ada").mutes.count() == 0
    assert reader.page.evaluate("window.same")
    reader.open()
    expect(reader.page.get_by_text("what loud writes")).to_have_count(0)
    expect(reader.card(above)).to_be_visible()


def test_muting_on_a_post_hides_the_comments_and_keeps_the_post(visit: Visit) -> None:
    comment = CommentFactory.create(post=PostFactory.create())
    own = CommentFactory.create(post=comment.post, author=comment.post.author)
    reader = visit(UserFactory.create()).open(f"/posts/{comment.post_id}/")
    summary = reader.card(comment.post).locator("summary")
    reader.menu(reader.card(comment.post), "text=Mute @")
    expect(reader.card(own)).to_be_hidden()
    expect(reader.card(comment)).to_be_visible()
    expect(reader.card(comment.post)).to_be_visible()
    summary.click()
    expect(reader.card(comment.post).locator("button[value=mute]")).to_be_hidden()
    reader.page.route("**/mute/", lambda route: route.fulfill(status=500))
    reader.expect_error("500")
    reader.toasts.get_by_role("button", name="Undo").click()
    expect(reader.toasts).to_contain_text("The site has trouble.")
    expect(reader.card(own)).to_be_hidden()
