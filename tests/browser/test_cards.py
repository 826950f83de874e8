"""Actions of a card in place: expand the text, copy the link, open and close the menu."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

LONG = "\n".join(f"Line {number} of many." for number in range(40))


def test_long_text_expands_in_place(visit: Visit) -> None:
    post = PostFactory.create(content=LONG)
    PostFactory.create(content="Above it.")
    reader = visit().open()
    card = reader.card(post)
    card.get_by_role("link", name="Read on").focus()
    before = card.bounding_box()
    reader.page.keyboard.press("Enter")
    expect(card.get_by_role("link", name="Read on")).to_have_count(0)
    after = card.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    assert after["y"] == before["y"]
    expect(card.locator(".text")).to_be_focused()
    assert reader.page.url == reader.url + "/"


def test_control_click_on_read_on_opens_a_tab(visit: Visit) -> None:
    post = PostFactory.create(content=LONG)
    reader = visit().open()
    with reader.context.expect_page() as opened:
        reader.card(post).get_by_role("link", name="Read on").click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(f"**/posts/{post.pk}/")
    expect(reader.card(post).get_by_role("link", name="Read on")).to_be_visible()


def test_link_to_a_post_is_copied(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(permissions=["clipboard-read", "clipboard-write"]).open()
    reader.menu(reader.card(post), "[data-copy]")
    expect(reader.toasts).to_contain_text("The link is copied.")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{reader.url}/posts/{post.pk}/"
    expect(reader.card(post).locator("summary")).to_be_focused()


def test_link_is_shown_if_it_cannot_be_copied(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(permissions=[])
    reader.page.add_init_script("delete Navigator.prototype.clipboard")
    reader.open().menu(reader.card(post), "[data-copy]")
    expect(reader.toasts).to_contain_text(f"{reader.url}/posts/{post.pk}/")
    reader.toasts.get_by_role("button", name="Close").click()
    expect(reader.toasts).to_be_empty()


def test_escape_closes_the_menu_and_restores_focus(visit: Visit) -> None:
    card = visit().open().card(PostFactory.create())
    card.page.reload()
    summary = card.locator("summary")
    summary.click()
    card.locator("[data-copy]").focus()
    card.page.keyboard.press("Escape")
    expect(card.locator("[data-copy]")).to_be_hidden()
    expect(summary).to_be_focused()


def test_click_outside_closes_the_menu(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit().open()
    reader.card(post).locator("summary").click()
    expect(reader.card(post).locator("[data-copy]")).to_be_visible()
    reader.page.locator("h1").click()
    expect(reader.card(post).locator("[data-copy]")).to_be_hidden()
