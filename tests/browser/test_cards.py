"""Actions of a card in place: expand the text, share it, open and close the menu."""

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Visit
from tests.factories import PostFactory, UserFactory

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
    expect(card.get_by_role("link", name="Show less")).to_be_visible()
    after = card.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    assert after["y"] == before["y"]
    expect(card.locator(".text")).to_be_focused()
    assert reader.page.url == reader.url + "/"
    card.get_by_role("link", name="Show less").click()
    expect(card.get_by_role("link", name="Read on")).to_be_in_viewport()
    folded = card.bounding_box()
    assert folded
    assert folded["height"] == before["height"]


def test_text_is_folded_by_its_height(visit: Visit) -> None:
    # Narrow letters, many marks, and a text that is long on a phone alone.
    narrow = PostFactory.create(content="i" * 1_100)
    marks = PostFactory.create(content="e" + "\u0301" * 2_000 + " and more")
    middle = PostFactory.create(content="All work and no play. " * 36)
    wide, phone = visit().open(), visit(viewport={"width": 390, "height": 844}).open()
    for reader, folded in ((wide, []), (phone, [narrow, middle])):
        for post in (narrow, marks, middle):
            link = reader.card(post).locator("[data-unfold]")
            expect(link).to_be_visible(visible=post in folded)
    inside = "text => text.scrollHeight <= text.clientHeight"
    assert wide.card(middle).locator(".text").evaluate(inside)
    clip = wide.card(marks).locator(".text").evaluate("text => getComputedStyle(text).overflowY")
    assert clip == "clip"


def test_avatar_and_text_lead_somewhere(visit: Visit) -> None:
    author = UserFactory.create(username="ada")
    post = PostFactory.create(author=author, content="One two three, by @ada")
    reader = visit()
    reader.page.clock.install()
    reader.open().card(post).locator(".avatar").click()
    reader.page.wait_for_url("**/authors/ada/")
    text = reader.card(post).locator(".text")
    left = reader.requests(Request.is_navigation_request)
    text.dblclick(position={"x": 10, "y": 10})
    reader.page.clock.run_for(1_000)
    assert reader.page.evaluate("getSelection().toString().trim()") == "One"
    text.click(position={"x": 10, "y": 10})  # ends the selection
    reader.page.clock.run_for(1_000)
    assert not reader.page.evaluate("getSelection().toString()")
    assert left == []
    text.click(position={"x": 10, "y": 10})
    reader.page.clock.run_for(1_000)
    reader.page.wait_for_url(f"**/posts/{post.pk}/")


def test_menu_low_in_the_window_opens_upwards(visit: Visit) -> None:
    post = PostFactory.create_batch(12)[4]
    reader = visit(viewport={"width": 1280, "height": 600}).open()
    summary = reader.card(post).locator("summary")
    summary.evaluate("s => scrollBy(0, s.getBoundingClientRect().bottom - innerHeight + 5)")
    summary.click()
    expect(reader.card(post).locator(".menu")).to_be_in_viewport(ratio=1)


def test_control_click_on_read_on_opens_a_tab(visit: Visit) -> None:
    post = PostFactory.create(content=LONG)
    reader = visit().open()
    with reader.context.expect_page() as opened:
        reader.card(post).get_by_role("link", name="Read on").click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(f"**/posts/{post.pk}/")
    expect(reader.card(post).get_by_role("link", name="Read on")).to_be_visible()


def test_one_tap_copies_the_link_to_a_post_where_the_browser_cannot_share(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.page.add_init_script("delete Navigator.prototype.share")
    card = reader.open().card(post)
    card.get_by_role("button", name="Share this post").click()
    expect(reader.toasts).to_contain_text("The link is copied.")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{reader.url}/posts/{post.pk}/"
    card.locator("summary").click()
    expect(card.locator(".menu")).to_be_visible()
    expect(card.locator("[data-copy]")).to_be_hidden()


def test_one_tap_shares_a_post(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.page.add_init_script(
        "Navigator.prototype.share = async shared => { window.shared = shared; }"
    )
    card = reader.open().card(post)
    card.get_by_role("button", name="Share this post").click()
    assert reader.page.evaluate("window.shared") == {"url": f"{reader.url}/posts/{post.pk}/"}
    expect(reader.toasts).to_be_empty()
    reader.menu(card, "[data-copy]")
    expect(reader.toasts).to_contain_text("The link is copied.")
    expect(card.locator("summary")).to_be_focused()


def test_without_script_no_button_shares(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(java_script_enabled=False).open()
    expect(reader.card(post).locator("[data-share]")).to_be_hidden()
    reader.card(post).locator(".when a").click()
    reader.page.wait_for_url(f"**/posts/{post.pk}/")


def test_link_is_shown_if_it_cannot_be_copied(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit(permissions=[])
    for name in ("share", "clipboard"):
        reader.page.add_init_script(f"delete Navigator.prototype.{name}")
    reader.open().card(post).locator("[data-share]").click()
    expect(reader.toasts).to_contain_text(f"{reader.url}/posts/{post.pk}/")
    reader.toasts.get_by_role("button", name="Close").click()
    expect(reader.toasts).to_be_empty()


def test_escape_closes_the_menu_and_restores_focus(visit: Visit) -> None:
    card = visit().open().card(PostFactory.create())
    card.page.reload()
    summary = card.locator("summary")
    summary.click()
    card.locator(".menu a").focus()
    card.page.keyboard.press("Escape")
    expect(card.locator(".menu a")).to_be_hidden()
    expect(summary).to_be_focused()


def test_click_outside_closes_the_menu(visit: Visit) -> None:
    post = PostFactory.create()
    reader = visit().open()
    reader.card(post).locator("summary").click()
    expect(reader.card(post).locator(".menu")).to_be_visible()
    reader.page.locator("h1").click()
    expect(reader.card(post).locator(".menu")).to_be_hidden()
