"""What the layout keeps to: large text, print, two directions, messages, and the tab key."""

import pytest
from playwright.sync_api import Page, expect

from posts.models import Mute, Post
from tests.browser.conftest import Visit, session_cookie
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

PHONE = {"width": 390, "height": 844}
COLOUR = "(element) => getComputedStyle(element).color"


def overflow(page: Page) -> float:
    """Return the pixels by which the page scrolls sideways."""
    return float(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("signed_in", [True, False])
def test_text_of_double_size_does_not_scroll_sideways(visit: Visit, signed_in: bool) -> None:
    post = PostFactory.create(content="Many words of ordinary length.")
    CommentFactory.create(post=post)
    reader = visit(UserFactory.create() if signed_in else None, viewport=PHONE)
    post_page = f"/posts/{post.pk}/"
    for path in ("/", post_page, f"/authors/{post.author.username}/", "/search/", "/nowhere/"):
        reader.expect_error("404")
        reader.open(path).page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert overflow(reader.page) == 0, path
    reader.page.set_viewport_size({"width": 320, "height": 600})
    reader.open()
    assert overflow(reader.page) == 0
    masthead = reader.page.locator(".masthead").bounding_box()
    assert masthead
    assert masthead["height"] < 60  # one line


def test_print_is_dark_on_white_with_dates_and_counts(visit: Visit) -> None:
    post = PostFactory.create()
    LikeFactory.create(post=post)
    CommentFactory.create(post=post)
    reader = visit().open()
    reader.prefer("theme=dark")
    reader.open()
    text = reader.card(post).locator(".text")
    on_screen = text.evaluate(COLOUR)
    reader.page.emulate_media(media="print")
    assert text.evaluate(COLOUR) == "rgb(23, 33, 28)" != on_screen
    printed = reader.card(post).locator(".actions").inner_text().split()
    assert printed == ["Like", "1", "like", "1", "comment"]  # the first is for screen readers
    time = reader.card(post).locator("time")
    assert time.evaluate("time => getComputedStyle(time, '::after').content") == (
        f'"{time.get_attribute("title")}"'
    )


def test_each_line_has_its_own_direction(visit: Visit) -> None:
    post = PostFactory.create(content="שלום לכולם.\nAn English line!")
    reader = visit().open()
    lefts = (
        reader.card(post)
        .locator(".text")
        .evaluate(
            """text => [...text.firstChild.data.matchAll(/[^\\n]+/g)].map(line => {
          const range = document.createRange();
          range.setStart(text.firstChild, line.index);
          range.setEnd(text.firstChild, line.index + line[0].length);
          const [box, around] = [range, text].map(part => part.getBoundingClientRect());
          return [box.left - around.left, around.right - box.right].map(Math.round);
        })"""
        )
    )
    (hebrew_left, hebrew_right), (english_left, english_right) = lefts
    assert hebrew_right == 0 < hebrew_left
    assert english_left == 0 < english_right


def test_tab_goes_from_the_search_to_something_visible(visit: Visit) -> None:
    reader = visit(viewport=PHONE).open()
    reader.page.keyboard.press("/")
    reader.page.keyboard.press("Tab")
    size = reader.focused.bounding_box()
    assert size
    assert size["width"] > 20


def test_messages_are_few_whole_and_not_over_the_comment(visit: Visit, site: Site) -> None:
    user = UserFactory.create()
    post: Post = PostFactory.create()
    reader = visit(user, viewport=PHONE).open(f"/posts/{post.pk}/")
    for text in ("First.", "Second."):
        reader.page.evaluate("text => site.toast(text)", text)
    expect(reader.toasts).to_have_text("Second. ")
    reader.expect_error("401")
    reader.expect_error("403")
    reader.context.clear_cookies()
    like = reader.card(post).locator("[data-like] button")
    for _ in range(2):
        like.click()
        expect(like).to_have_attribute("aria-pressed", "false")
    signed_out = reader.toasts.get_by_text("You are signed out")
    expect(signed_out).to_have_count(1)
    lines = signed_out.locator(":is(a, button)").evaluate_all(
        """all => all.map(one => {
          const range = document.createRange();
          range.selectNodeContents(one);
          return new Set([...range.getClientRects()].map(line => line.top)).size;
        })"""
    )
    assert lines == [1, 1]
    field = reader.text.bounding_box()
    assert field
    low = round(field["y"] + field["height"]) + 60  # the field is at the end of the window
    reader.page.set_viewport_size({"width": PHONE["width"], "height": low})
    reader.text.focus()
    field, toast = reader.text.bounding_box(), signed_out.bounding_box()
    assert field
    assert toast
    assert toast["y"] + toast["height"] < field["y"] or toast["y"] > field["y"] + field["height"]
    reader.context.add_cookies([session_cookie(user, site)])
    reader.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(signed_out).to_have_count(0)


def test_rail_stands_beside_pages_where_there_is_room(visit: Visit) -> None:
    reader_account, muted = UserFactory.create(), UserFactory.create(username="loud")
    for author in (muted, UserFactory.create(username="calm")):
        LikeFactory.create_batch(2, post=PostFactory.create(author=author, content="On #tea."))
    Mute.objects.create(user=reader_account, muted=muted)
    reader = visit(reader_account, viewport={"width": 1279, "height": 900}).open()
    rail = reader.page.get_by_role("complementary", name="Explore")
    explore = reader.page.get_by_role("main").get_by_role("link", name="Explore")
    expect(explore).to_be_visible()
    assert rail.count() == 0
    with reader.page.expect_response("**/explore/rail/"):
        reader.page.set_viewport_size({"width": 1280, "height": 900})
    expect(rail.get_by_role("link", name="#tea")).to_be_visible()
    expect(rail.locator(".people li:visible .handle")).to_have_text(["@calm"])
    today = reader.page.evaluate("new Date().toLocaleDateString('en-US', {weekday: 'long'})")
    expect(rail).to_contain_text(today)
    expect(explore).to_be_hidden()
    text, beside = reader.cards.first.bounding_box(), rail.bounding_box()
    assert text
    assert beside
    assert text["x"] + text["width"] <= beside["x"]
    assert beside["x"] + beside["width"] <= 1280
    assert overflow(reader.page) == 0


def test_explore_page_is_reached_and_read_on_a_phone_without_a_script(visit: Visit) -> None:
    for _ in range(2):
        PostFactory.create(content="On #tea.")
    reader = visit(viewport={"width": 320, "height": 600}, java_script_enabled=False).open()
    reader.page.get_by_role("main").get_by_role("link", name="Explore").click()
    assert overflow(reader.page) == 0
    reader.page.get_by_role("link", name="#tea").click()
    expect(reader.cards).to_have_count(2)
