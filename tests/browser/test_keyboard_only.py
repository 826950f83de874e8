"""Use of the site without a mouse."""

import pytest
from playwright.sync_api import Locator, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import Way, bounds
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

MAX_STEPS = 40
# Whether the focused element has a visible outline, and is in the window.
FOCUS_STATE = """element => {
  const parts = [element, element.closest(".sheet") ?? element];
  const outlined = parts.map((part) => getComputedStyle(part)).some(
    ({outlineStyle, outlineWidth}) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
  const box = element.getBoundingClientRect();
  const visible = box.bottom > 0 && box.top < innerHeight && box.width > 1 && box.height > 1;
  return {outlined, visible, html: element.outerHTML.slice(0, 120)};
}"""


def tab_to(reader: Reader, target: Locator, key: str = "Tab") -> None:
    """Press the key until `target` has focus; each focused element is visible and outlined."""
    for _ in range(MAX_STEPS):
        reader.page.keyboard.press(key)
        state = reader.focused.evaluate(FOCUS_STATE)
        assert state["outlined"], state
        assert state["visible"], state
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"not reached: {target}")


@bounds
def test_posting_and_liking_works_with_the_tab_key(visit: Visit, way: Way) -> None:
    UserFactory.create(username="ada")
    liked = PostFactory.create()
    reader = visit(**way.context).open()
    keyboard = reader.page.keyboard
    tab_to(reader, reader.page.get_by_role("link", name="Sign in", exact=True))
    keyboard.press("Enter")
    reader.page.wait_for_url("**/accounts/login/**")
    tab_to(reader, reader.page.get_by_label("Username or email address"))
    keyboard.type("ada")
    tab_to(reader, reader.page.get_by_label("Password"))
    keyboard.type("correct horse battery")
    keyboard.press("Enter")
    expect(reader.text).to_be_visible()
    tab_to(reader, reader.text)
    keyboard.type("Without a mouse.")
    tab_to(reader, reader.send)
    keyboard.press("Enter")
    expect(reader.cards.first).to_contain_text("Without a mouse.")
    like = reader.card(liked).locator("[data-like] button")
    tab_to(reader, like)
    with reader.page.expect_response("**/like/"):
        keyboard.press("Space")
    expect(like).to_have_attribute("aria-pressed", "true")
    assert Post.objects.get(content="Without a mouse.").author.username == "ada"
    assert liked.likes.count() == 1


def test_skip_link_leads_to_the_content(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit().open()
    tab_to(reader, reader.page.get_by_role("link", name="Skip to the content"))
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("main")).to_be_focused()
    tab_to(reader, reader.page.get_by_text("Go to a date").locator(".."))
    tab_to(reader, reader.page.get_by_role("link", name="Sign up").last)
    tab_to(reader, reader.card(post).locator(".name a"))


def test_posting_and_liking_works_with_single_keys(visit: Visit) -> None:
    liked = PostFactory.create()
    reader = visit(UserFactory.create()).open()
    keyboard = reader.page.keyboard
    keyboard.press("n")
    expect(reader.text).to_be_focused()
    keyboard.type("Without a mouse.")
    keyboard.press("Control+Enter")
    expect(reader.cards.first).to_contain_text("Without a mouse.")
    expect(reader.cards.first).to_be_focused()
    keyboard.press("j")
    expect(reader.card(liked)).to_be_focused()
    with reader.page.expect_response("**/like/"):
        keyboard.press("l")
    assert liked.likes.count() == 1


def test_menu_entries_are_reachable_by_keyboard_in_both_directions(visit: Visit) -> None:
    author = UserFactory.create()
    post = PostFactory.create(author=author)
    reader = visit(author).open()
    keyboard = reader.page.keyboard
    reader.card(post).focus()
    tab_to(reader, reader.card(post).locator("summary"))
    keyboard.press("Enter")
    for choice in ("[data-edit]", "[data-delete]"):
        tab_to(reader, reader.card(post).locator(choice))
    keyboard.press("Enter")
    undo = reader.toasts.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    keyboard.press("Enter")
    expect(reader.card(post)).to_be_focused()
    tab_to(reader, reader.page.get_by_role("button", name="Menu of"), key="Shift+Tab")
    keyboard.press("Enter")
    tab_to(reader, reader.page.locator("#menu").get_by_role("button", name="Sign out"))
    keyboard.press("Escape")
    expect(reader.page.get_by_role("button", name="Menu of")).to_be_focused()
