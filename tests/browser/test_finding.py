"""Finding posts: by words, hashtag, author and date."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.ways import PHONE, Way, bounds
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres, bounds]


def test_search_finds_posts_with_all_words(visit: Visit, way: Way) -> None:
    post = PostFactory.create(content="The ferry to Skye was late.")
    PostFactory.create(content="The train was late.")
    reader = visit(**way.context).open()
    field = reader.page.get_by_role("searchbox", name="Search posts")
    if way.width == PHONE:
        field.tap()
    field.fill("LÁTE ferr")
    field.press("Enter")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(reader.cards).to_have_count(1)
    expect(reader.card(post)).to_be_visible()
    expect(field).to_have_value("LÁTE ferr")
    if way.scripted:
        marked = "[...CSS.highlights.get('found')].map(String)"
        assert reader.page.evaluate(marked) == ["ferr", "late"]


def test_search_without_result_shows_a_message_and_allows_another(visit: Visit, way: Way) -> None:
    post = PostFactory.create(content="The ferry to Skye was late.")
    reader = visit(**way.context).open("/search/?q=submarine%26%23")
    expect(reader.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    field = reader.page.get_by_role("searchbox", name="Search posts")
    expect(field).to_have_value("submarine&#")
    field.fill("ferry")
    field.press("Enter")
    expect(reader.card(post)).to_be_visible()


def test_hashtag_links_to_all_posts_with_it(visit: Visit, way: Way) -> None:
    older = PostFactory.create(content="First #Müll of the day.")
    PostFactory.create(content="Without.")
    newer = PostFactory.create(content="Again #müll!")
    reader = visit(**way.context).open()
    reader.card(newer).get_by_role("link", name="#müll").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("#müll")
    expect(reader.cards).to_have_count(2)
    assert reader.ids() == [str(newer.pk), str(older.pk)]


def test_name_and_mention_link_to_the_author_page(visit: Visit, way: Way) -> None:
    ada = UserFactory.create(username="ada", display_name="Ada L.", bio="Numbers.")
    older = PostFactory.create(author=ada)
    mention = PostFactory.create(content="As @ada said.")
    newer = PostFactory.create(author=ada)
    reader = visit(**way.context).open()
    for link in [
        reader.card(newer).get_by_role("link", name="Ada L."),
        reader.card(mention).get_by_role("link", name="@ada"),
    ]:
        link.click()
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("Ada L.")
        expect(reader.page.locator(".bio")).to_have_text("Numbers.")
        assert reader.ids() == [str(newer.pk), str(older.pk)]
        reader.page.go_back()


def test_date_links_to_posts_up_to_its_end(visit: Visit, way: Way) -> None:
    day = datetime(2026, 3, 11, tzinfo=UTC)
    hours = (-20, 1, 23, 25)
    before, morning, evening, _ = [create_post(day + timedelta(hours=hour)) for hour in hours]
    create_post(timezone.now())
    reader = visit(**way.context).open()
    reader.page.get_by_text("Go to a date").click()
    reader.page.get_by_label("Posts up to the end of").fill("2026-03-11")
    reader.page.get_by_role("button", name="Go", exact=True).click()
    heading = "March 11, 2026" if way.scripted else "11 March 2026 UTC"
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(f"Posts up to {heading}")
    assert reader.ids() == [str(post.pk) for post in (evening, morning, before)]
    # A URL that can be shared.
    assert "cursor=" in reader.page.url
    assert visit().open(reader.page.url.removeprefix(reader.url)).ids() == reader.ids()
    reader.page.get_by_role("link", name="Newest posts").click()
    expect(reader.cards).to_have_count(5)
    reader.page.go_back()
    reader.page.get_by_role("link", name="Newer posts").click()
    expect(reader.cards).to_have_count(5)


def create_post(at: datetime) -> Post:
    """Create a post with this time."""
    post: Post = PostFactory.create()
    Post.objects.filter(pk=post.pk).update(created_at=at)
    return post


def test_views_of_an_author_are_tabs(visit: Visit, way: Way) -> None:
    ada = UserFactory.create(username="ada", display_name="Ada L.")
    PostFactory.create(author=ada)
    comment = CommentFactory.create(author=ada, post__author__display_name="Leila")
    reader = visit(**way.context).open("/authors/ada/")
    name = reader.cards.first.locator(".name").bounding_box()
    assert name
    assert name["width"] == 1  # for screen readers: the page shows it above
    tabs = reader.page.get_by_role("navigation", name="Views of Ada L.")
    expect(tabs.get_by_role("link", name="Posts 1")).to_have_attribute("aria-current", "page")
    tabs.get_by_role("link", name="Comments 1").click()
    expect(reader.page.get_by_role("article")).to_contain_text(comment.content)
    reader.page.get_by_role("article").get_by_role("link", name="Leila").click()
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("Leila")
    reader.open("/authors/ada/images/")
    expect(reader.page.get_by_role("heading", name="No images yet")).to_be_visible()
