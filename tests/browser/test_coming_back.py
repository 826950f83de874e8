"""Going to a post and back: everything is where it was, and as it is now."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def posts(transactional_db: None) -> list[Post]:
    """Fifty posts, the newest first."""
    return PostFactory.create_batch(50, author=UserFactory.create())[::-1]


def deep(reader: Reader, post: Post) -> float:
    """Read on to this post, and say how far from the top of the window it is."""
    reader.open()
    while not reader.card(post).count():
        count = reader.cards.count()
        reader.cards.last.scroll_into_view_if_needed()
        expect(reader.cards).not_to_have_count(count)
    reader.card(post).evaluate("card => card.scrollIntoView({behavior: 'instant'})")
    return distance(reader, post)


def distance(reader: Reader, post: Post) -> float:
    return float(reader.card(post).evaluate("card => card.getBoundingClientRect().top"))


def test_the_older_posts_are_there_and_the_place_is_the_same(
    visit: Visit, posts: list[Post]
) -> None:
    reader = visit()
    before = deep(reader, posts[44])
    reader.card(posts[44]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    reader.page.go_back()
    expect(reader.card(posts[44])).to_be_in_viewport()
    assert distance(reader, posts[44]) == pytest.approx(before, abs=2)
    assert reader.ids() == [str(post.pk) for post in posts][: reader.cards.count()]


def test_what_was_posted_meanwhile_moves_nothing(
    visit: Visit, site: Site, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    reader = visit()
    before = deep(reader, posts[30])
    reader.card(posts[30]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    new = PostFactory.create_batch(5, author=UserFactory.create())
    wait_until(lambda: f"post-{new[-1].pk}" in site.get("/").text)
    reader.page.go_back()
    expect(reader.card(new[0])).to_be_attached()
    expect(reader.card(posts[30])).to_be_in_viewport()
    assert distance(reader, posts[30]) == pytest.approx(before, abs=2)


def test_a_like_given_on_the_post_s_page_shows_in_the_list(visit: Visit, posts: list[Post]) -> None:
    reader = visit(UserFactory.create()).open()
    reader.card(posts[2]).locator(".when a").click()
    like = reader.page.locator("[data-like] button")
    with reader.page.expect_response("**/api/posts/*/like/"):
        like.click()
    reader.page.go_back()
    expect(reader.card(posts[2]).locator("[data-like] button")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_what_was_deleted_meanwhile_is_gone(
    visit: Visit, site: Site, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    reader = visit().open()
    reader.card(posts[2]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    gone = f"post-{posts[4].pk}"
    posts[4].delete()
    wait_until(lambda: gone not in site.get("/").text)
    reader.page.go_back()
    expect(reader.page.locator(f"#{gone}")).to_have_count(0)
    expect(reader.card(posts[3])).to_be_visible()


def test_the_keyboard_is_where_it_was(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    for _ in range(3):
        reader.page.keyboard.press("j")
    expect(reader.card(posts[2])).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#comments")).to_be_visible()
    reader.page.go_back()
    expect(reader.card(posts[2])).to_be_focused()


def test_who_comes_by_a_link_starts_at_the_top(visit: Visit, posts: list[Post]) -> None:
    reader = visit()
    deep(reader, posts[30])
    reader.card(posts[30]).locator(".when a").click()
    reader.page.locator(".brand").first.click()
    expect(reader.cards).to_have_count(20)
    assert reader.scroll() == 0
