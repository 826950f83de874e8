"""Deleting hides content at once; for a few seconds it can be undone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from posts.models import Comment, Post, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def posts(transactional_db: None) -> list[Post]:
    """Three posts of one author, the newest first."""
    return PostFactory.create_batch(3, author=UserFactory.create())[::-1]


@pytest.fixture
def author(visit: Visit, posts: list[Post]) -> Reader:
    """The author's browser, whose clock is controlled by the test."""
    author = visit(posts[0].author)
    author.page.clock.install()
    return author.open()


def exists(post: Post) -> bool:
    return Post.objects.filter(pk=post.pk).exists()


def test_deleted_post_is_hidden_at_once_and_deleted_after_the_delay(
    author: Reader, posts: list[Post]
) -> None:
    author.menu(author.card(posts[1]), "[data-delete]")
    expect(author.card(posts[1])).to_be_hidden()
    expect(author.toasts).to_contain_text("The post is deleted.")
    expect(author.card(posts[2])).to_be_focused()
    assert exists(posts[1])
    with author.page.expect_response("**/api/posts/*/") as answer:
        author.page.clock.run_for(7_000)
    assert answer.value.status == 204
    assert not exists(posts[1])
    expect(author.card(posts[1])).to_have_count(0)
    expect(author.toasts).to_be_empty()


def test_undo_keeps_the_post(author: Reader, posts: list[Post]) -> None:
    author.menu(author.card(posts[1]), "[data-delete]")
    author.toasts.get_by_role("button", name="Undo").click()
    expect(author.card(posts[1])).to_be_visible()
    expect(author.card(posts[1])).to_be_focused()
    author.page.clock.run_for(20_000)
    author.page.reload()
    expect(author.card(posts[1])).to_be_visible()
    assert exists(posts[1])


def test_undo_is_focused_after_deleting_by_keyboard(author: Reader, posts: list[Post]) -> None:
    card = author.card(posts[1])
    card.locator("summary").press("Enter")
    card.locator("[data-delete]").press("Enter")
    expect(author.toasts.get_by_role("button", name="Undo")).to_be_focused()
    author.page.clock.run_for(7_000)  # by keyboard it takes longer to reach the button
    author.page.keyboard.press("Enter")
    expect(card).to_be_focused()
    assert exists(posts[1])


def test_focus_moves_to_the_next_post_when_the_undo_ends(author: Reader, posts: list[Post]) -> None:
    card = author.card(posts[1])
    card.locator("summary").press("Enter")
    card.locator("[data-delete]").press("Enter")
    with author.page.expect_response("**/api/posts/*/"):
        author.page.clock.run_for(13_000)
    expect(author.card(posts[2])).to_be_focused()


def test_leaving_the_page_deletes_the_post(
    author: Reader, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    # The next page repeats a deletion that may not have arrived.
    author.expect_error("404")
    author.menu(author.card(posts[1]), "[data-delete]")
    author.card(posts[0]).locator(".name a").click()
    author.page.wait_for_url("**/authors/*/")
    expect(author.card(posts[0])).to_be_visible()
    expect(author.card(posts[1])).to_be_hidden()
    wait_until(lambda: not exists(posts[1]))
    author.page.reload()
    expect(author.cards).to_have_count(2)


def test_closing_the_tab_deletes_the_post(
    author: Reader, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    author.menu(author.card(posts[1]), "[data-delete]")
    expect(author.card(posts[1])).to_be_hidden()
    author.page.close(run_before_unload=True)
    wait_until(lambda: not exists(posts[1]))


def test_failed_deletion_is_retried_on_the_next_page(
    author: Reader, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    author.expect_error("ERR_FAILED")
    author.page.route("**/api/posts/*/", lambda route: route.abort(), times=1)
    author.menu(author.card(posts[1]), "[data-delete]")
    author.page.locator(".brand").first.click()
    expect(author.card(posts[0])).to_be_visible()
    expect(author.card(posts[1])).to_be_hidden()
    wait_until(lambda: not exists(posts[1]))


def test_refused_deletion_restores_the_post_with_a_message(
    author: Reader, posts: list[Post]
) -> None:
    author.expect_error("503")
    author.page.route("**/api/posts/*/", lambda route: route.fulfill(status=503))
    author.menu(author.card(posts[1]), "[data-delete]")
    author.page.clock.run_for(7_000)
    expect(author.toasts).to_contain_text("It was not deleted. The site has trouble.")
    expect(author.card(posts[1])).to_be_visible()
    author.page.unroute("**/api/posts/*/")
    author.page.reload()
    expect(author.card(posts[1])).to_be_visible()


def test_two_pending_deletions_are_independent(author: Reader, posts: list[Post]) -> None:
    for post in posts[:2]:
        author.menu(author.card(post), "[data-delete]")
    author.toasts.get_by_role("button", name="Undo").first.click()
    expect(author.card(posts[0])).to_be_visible()
    with author.page.expect_response("**/api/posts/*/"):
        author.page.clock.run_for(7_000)
    assert exists(posts[0])
    assert not exists(posts[1])


def test_comments_are_deleted_in_the_same_way(visit: Visit, posts: list[Post]) -> None:
    me: User = UserFactory.create()
    mine, other = (
        CommentFactory.create(post=posts[0], author=me),
        CommentFactory.create(post=posts[0]),
    )
    reader = visit(me)
    reader.page.clock.install()
    reader.open(f"/posts/{posts[0].pk}/")
    reader.menu(reader.card(mine), "[data-delete]")
    expect(reader.card(mine)).to_be_hidden()
    expect(reader.card(other)).to_be_focused()
    expect(reader.toasts).to_contain_text("The comment is deleted.")
    with reader.page.expect_response("**/api/comments/*/"):
        reader.page.clock.run_for(7_000)
    assert not Comment.objects.filter(pk=mine.pk).exists()
