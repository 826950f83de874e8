"""Back from a post to the list: same scroll position and focus, current content."""

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


def scroll_to(reader: Reader, post: Post) -> float:
    """Load older posts up to this one; return its distance in pixels from the top of the window."""
    reader.open()
    while not reader.card(post).count():
        count = reader.cards.count()
        reader.cards.last.scroll_into_view_if_needed()
        expect(reader.cards).not_to_have_count(count)
    reader.card(post).evaluate("card => card.scrollIntoView({behavior: 'instant'})")
    return distance(reader, post)


def distance(reader: Reader, post: Post) -> float:
    return float(reader.card(post).evaluate("card => card.getBoundingClientRect().top"))


def test_back_restores_older_posts_and_the_scroll_position(visit: Visit, posts: list[Post]) -> None:
    reader = visit()
    before = scroll_to(reader, posts[44])
    reader.card(posts[44]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    reader.page.go_back()
    expect(reader.card(posts[44])).to_be_in_viewport()
    assert distance(reader, posts[44]) == pytest.approx(before, abs=2)
    assert reader.ids() == [str(post.pk) for post in posts][: reader.cards.count()]


def test_new_posts_do_not_change_the_scroll_position_after_back(
    visit: Visit, site: Site, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    reader = visit()
    before = scroll_to(reader, posts[30])
    reader.card(posts[30]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    new = PostFactory.create_batch(5, author=UserFactory.create())
    wait_until(lambda: f"post-{new[-1].pk}" in site.get("/").text)
    reader.page.go_back()
    expect(reader.card(new[0])).to_be_attached()
    expect(reader.card(posts[30])).to_be_in_viewport()
    assert distance(reader, posts[30]) == pytest.approx(before, abs=2)


def test_like_on_the_post_page_is_visible_in_the_list_after_back(
    visit: Visit, posts: list[Post]
) -> None:
    reader = visit(UserFactory.create()).open()
    reader.card(posts[2]).locator(".when a").click()
    like = reader.page.locator("[data-like] button")
    with reader.page.expect_response("**/api/posts/*/like/"):
        like.click()
    reader.page.go_back()
    expect(reader.card(posts[2]).locator("[data-like] button")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_deleted_post_is_not_in_the_list_after_back(
    visit: Visit, site: Site, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    reader = visit().open()
    reader.card(posts[2]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    deleted_id = f"post-{posts[4].pk}"
    posts[4].delete()
    wait_until(lambda: deleted_id not in site.get("/").text)
    reader.page.go_back()
    expect(reader.page.locator(f"#{deleted_id}")).to_have_count(0)
    expect(reader.card(posts[3])).to_be_visible()


def test_deleted_newest_posts_and_a_last_one_are_gone_after_back(
    visit: Visit, site: Site, posts: list[Post], wait_until: Callable[..., None]
) -> None:
    Post.objects.exclude(pk__in=[post.pk for post in posts[:4]]).delete()
    wait_until(lambda: f"post-{posts[4].pk}" not in site.get("/").text)
    reader = visit().open()
    reader.card(posts[2]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    for post in (posts[0], posts[1], posts[3]):
        post.delete()
    wait_until(lambda: f"post-{posts[3].pk}" not in site.get("/").text)
    reader.page.go_back()
    expect(reader.cards).to_have_count(1)
    assert reader.ids() == [str(posts[2].pk)]
    reader.card(posts[2]).locator(".when a").click()
    expect(reader.page.locator("#comments")).to_be_visible()
    posts[2].delete()
    wait_until(lambda: 'class="row empty"' in site.get("/").text)
    reader.page.go_back()
    expect(reader.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(reader.cards).to_have_count(0)


def test_way_back_on_a_post_leads_to_the_same_place(visit: Visit, posts: list[Post]) -> None:
    reader = visit()
    before = scroll_to(reader, posts[30])
    reader.card(posts[30]).locator(".when a").click()
    reader.page.get_by_role("link", name="All posts").click()
    expect(reader.card(posts[30])).to_be_in_viewport()
    assert distance(reader, posts[30]) == pytest.approx(before, abs=2)
    other = visit().open(f"/posts/{posts[30].pk}/")  # not from the list
    other.page.get_by_role("link", name="All posts").click()
    expect(other.card(posts[0])).to_be_in_viewport()


def test_back_restores_the_focused_post(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    for _ in range(3):
        reader.page.keyboard.press("j")
    expect(reader.card(posts[2])).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#comments")).to_be_visible()
    reader.page.go_back()
    expect(reader.card(posts[2])).to_be_focused()


def test_feed_opened_by_a_link_starts_at_the_top(visit: Visit, posts: list[Post]) -> None:
    reader = visit()
    scroll_to(reader, posts[30])
    reader.card(posts[30]).locator(".when a").click()
    reader.page.locator(".brand").first.click()
    expect(reader.cards).to_have_count(20)
    assert reader.scroll() == 0
