"""Older posts load near the end of the list, complete and without duplicates."""

import pytest
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def posts(transactional_db: None) -> list[str]:
    """The ids of fifty posts, the newest first."""
    author = UserFactory.create()
    created = PostFactory.create_batch(50, author=author)
    return [str(post.pk) for post in reversed(created)]


def test_older_posts_load_near_the_end_without_duplicates(visit: Visit, posts: list[str]) -> None:
    reader = visit().open()
    expect(reader.cards).to_have_count(20)
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(40)
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(50)
    assert reader.ids() == posts
    assert reader.page.title().startswith("Latest posts")
    positions = reader.cards.evaluate_all("cards => cards.map(card => card.ariaPosInSet)")
    assert positions == [str(position) for position in range(1, 51)]


def test_older_posts_are_complete_while_others_post(visit: Visit, posts: list[str]) -> None:
    reader = visit().open()
    for _ in range(25):
        PostFactory.create()
    Post.objects.filter(pk=posts[5]).delete()
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(40)
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(50)
    assert reader.ids() == posts


def test_older_posts_are_not_loaded_before_the_end_is_near(visit: Visit, posts: list[str]) -> None:
    reader = visit(viewport={"width": 800, "height": 400}).open()
    with reader.held("**/?cursor=*") as requests:
        reader.cards.first.scroll_into_view_if_needed()
        reader.page.wait_for_load_state("networkidle")
        assert requests == []


def test_end_of_the_list_is_announced(visit: Visit, posts: list[str]) -> None:
    reader = visit().open()
    for count in (40, 50):
        reader.cards.last.scroll_into_view_if_needed()
        expect(reader.cards).to_have_count(count)
    expect(reader.page.locator("p[role=status].hidden")).to_have_text("That was all of it.")
    expect(reader.page.locator("[data-older]")).to_have_count(0)


def test_first_loaded_post_is_focused_after_loading_by_keyboard(
    visit: Visit, posts: list[str]
) -> None:
    reader = visit().open()
    with reader.held("**/?cursor=*") as requests:
        reader.page.locator("[data-older]").focus()
        reader.page.keyboard.press("Enter")
        expect(reader.page.locator("#feed")).to_have_attribute("aria-busy", "true")
        reader.page.keyboard.press("Enter")
    expect(reader.cards).to_have_count(40)
    assert len(requests) == 1
    expect(reader.page.locator("#feed")).to_have_attribute("aria-busy", "false")
    expect(reader.page.locator(f"#post-{posts[20]}")).to_be_focused()


def test_failed_load_of_older_posts_can_be_retried(visit: Visit, posts: list[str]) -> None:
    reader = visit().open()
    reader.expect_error("503")
    reader.page.route("**/?cursor=*", lambda route: route.fulfill(status=503))
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.page.locator(".pages")).to_contain_text("The older posts did not load.")
    reader.page.unroute("**/?cursor=*")
    reader.page.get_by_role("link", name="Try again").click()
    expect(reader.cards).to_have_count(40)
    assert reader.ids() == posts[:40]


def test_older_posts_load_when_the_network_is_back(visit: Visit, posts: list[str]) -> None:
    reader = visit().open()
    reader.expect_error("ERR_INTERNET_DISCONNECTED")
    reader.context.set_offline(True)
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.page.locator(".pages")).to_contain_text("The older posts did not load.")
    reader.context.set_offline(False)
    expect(reader.cards).to_have_count(40)
