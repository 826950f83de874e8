"""Single-key shortcuts, and the button for a new post on a phone."""

import pytest
from playwright.sync_api import expect

from posts.models import Like, Post
from tests.browser.conftest import Visit
from tests.browser.ways import PHONE
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def posts(transactional_db: None) -> list[Post]:
    """Thirty posts, the newest first."""
    return PostFactory.create_batch(30, author=UserFactory.create())[::-1]


def test_j_and_k_move_between_posts(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    for key, place in [("j", 0), ("j", 1), ("j", 2), ("k", 1)]:
        reader.page.keyboard.press(key)
        expect(reader.card(posts[place])).to_be_focused()
        expect(reader.card(posts[place])).to_be_in_viewport()


def test_j_starts_at_the_visible_post(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.card(posts[9]).evaluate("card => card.scrollIntoView({behavior: 'instant'})")
    reader.page.keyboard.press("j")
    expect(reader.card(posts[9])).to_be_focused()


def test_j_loads_older_posts_at_the_end(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.card(posts[19]).focus()
    reader.page.keyboard.press("j")
    expect(reader.card(posts[20])).to_be_focused()


def test_o_and_enter_open_the_post(visit: Visit, posts: list[Post]) -> None:
    reader = visit()
    for key in ("o", "Enter"):
        reader.open()
        reader.card(posts[1]).focus()
        reader.page.keyboard.press(key)
        reader.page.wait_for_url(f"**/posts/{posts[1].pk}/")


def test_enter_on_a_link_in_a_card_follows_the_link(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.card(posts[1]).locator(".name a").focus()
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/authors/*/")


def test_l_adds_and_removes_a_like(visit: Visit, posts: list[Post]) -> None:
    reader = visit(UserFactory.create()).open()
    reader.card(posts[1]).focus()
    for pressed, count in [("true", 1), ("false", 0)]:
        with reader.page.expect_response("**/like/"):
            reader.page.keyboard.press("l")
        like = reader.card(posts[1]).locator("[data-like] button")
        expect(like).to_have_attribute("aria-pressed", pressed)
        assert Like.objects.filter(post=posts[1]).count() == count
    expect(reader.card(posts[1])).to_be_focused()


def test_l_asks_signed_out_readers_to_sign_in(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.page.keyboard.press("j")
    reader.page.keyboard.press("l")
    expect(reader.toasts).to_contain_text("Sign in to like a post.")
    reader.toasts.get_by_role("link", name="Sign in").click()
    reader.page.wait_for_url(f"**/accounts/login/?next=%2Fposts%2F{posts[0].pk}%2F")


def test_n_focuses_the_form_for_a_new_post(visit: Visit, posts: list[Post]) -> None:
    reader = visit(UserFactory.create()).open()
    reader.page.keyboard.press("n")
    expect(reader.text).to_be_focused()
    expect(reader.text).to_have_value("")
    reader.open(f"/posts/{posts[0].pk}/")
    reader.page.keyboard.press("n")
    reader.page.wait_for_url("**/posts/new/")


def test_slash_focuses_the_search(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.page.keyboard.press("/")
    expect(reader.page.get_by_role("searchbox")).to_be_focused()
    expect(reader.page.get_by_role("searchbox")).to_have_value("")


def test_question_mark_shows_the_keys(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.page.keyboard.press("?")
    keys = reader.page.get_by_role("dialog")
    expect(keys).to_be_visible()
    reader.page.keyboard.press("j")
    expect(reader.card(posts[0])).not_to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    # The button moves down while older posts are added above it.
    reader.page.locator("[data-help]:visible").first.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(len(posts))
    reader.page.locator("[data-help]:visible").first.click()
    expect(keys).to_be_visible()


def test_keys_in_a_text_field_are_text(visit: Visit, posts: list[Post]) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.focus()
    reader.page.keyboard.type("jkln./?")
    expect(reader.text).to_have_value("jkln./?")
    expect(reader.text).to_be_focused()


def test_keys_with_a_modifier_are_left_to_the_browser(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.page.keyboard.press("Alt+j")
    reader.page.keyboard.press("Control+k")
    expect(reader.page.locator("article:focus")).to_have_count(0)


def test_keys_can_be_turned_off_permanently(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.page.keyboard.press("?")
    reader.page.get_by_role("checkbox").uncheck()
    reader.page.keyboard.press("Escape")
    reader.page.reload()
    reader.page.keyboard.press("j")
    expect(reader.page.locator("article:focus")).to_have_count(0)


def test_control_end_and_control_home_leave_the_list(visit: Visit, posts: list[Post]) -> None:
    reader = visit().open()
    reader.card(posts[3]).focus()
    reader.page.keyboard.press("Control+End")
    # The rail, which may still be on its way, stands between the list and the footer.
    expect(reader.page.locator("#rail *:focus, footer *:focus")).to_have_count(1)
    reader.card(posts[3]).focus()
    reader.page.keyboard.press("Control+Home")
    expect(reader.page.locator("#feed *:focus, #rail *:focus, footer *:focus")).to_have_count(0)
    expect(reader.focused).to_have_count(1)


def test_j_asks_few_cards_and_far_ones_are_not_drawn(visit: Visit, posts: list[Post]) -> None:
    """With 400 posts, asking and drawing all of them takes 0.2 s of a slow phone at each key."""
    reader = visit().open()
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(len(posts))
    reader.page.evaluate("scrollTo(0, 0)")
    expect(reader.card(posts[-1])).to_have_attribute("data-far", "")
    expect(reader.card(posts[0])).not_to_have_attribute("data-far", "")
    heights = "cards => cards.map(card => card.offsetHeight)"
    before = reader.cards.evaluate_all(heights)
    reader.page.keyboard.press("j")
    reader.page.evaluate(
        """() => {
          window.asked = 0;
          for (const name of ["checkVisibility", "getBoundingClientRect"]) {
            const method = Element.prototype[name];
            Element.prototype[name] = function (...values) {
              window.asked += 1;
              return method.apply(this, values);
            };
          }
        }"""
    )
    reader.page.keyboard.press("j")
    expect(reader.card(posts[1])).to_be_focused()
    assert reader.page.evaluate("asked") == 1
    # Not drawn, but as high as before.
    reader.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(reader.card(posts[0])).to_have_attribute("data-far", "")
    assert reader.cards.evaluate_all(heights) == before


def test_round_button_leads_to_the_form_on_a_phone(visit: Visit, posts: list[Post]) -> None:
    reader = visit(UserFactory.create(), viewport={"width": PHONE, "height": 844}).open()
    button = reader.page.get_by_role("link", name="Write a post")
    expect(button).to_be_hidden()  # the form is in view
    reader.card(posts[9]).scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    button.click()
    expect(reader.text).to_be_focused()
    expect(reader.text).to_be_in_viewport()
    expect(button).to_be_hidden()
    reader.open(f"/posts/{posts[0].pk}/")
    reader.text.focus()
    expect(button).to_be_hidden()  # the reader types
    reader.text.blur()
    # At the end of the page it covers nothing.
    reader.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    box, last = button.bounding_box(), reader.page.locator("footer p").last.bounding_box()
    assert box
    assert last
    assert last["y"] + last["height"] <= box["y"]
    button.press("Enter")
    reader.page.wait_for_url("**/posts/new/")
    expect(button).to_have_count(0)


def test_round_button_invites_signed_out_readers(visit: Visit, posts: list[Post]) -> None:
    reader = visit(viewport={"width": PHONE, "height": 844}).open()
    button = reader.page.get_by_role("link", name="Write a post")
    button.click()
    expect(reader.toasts).to_contain_text("Sign in to write a post.")
    reader.toasts.get_by_role("link", name="Sign in").click()
    reader.page.wait_for_url("**/accounts/login/?next=%2Fposts%2Fnew%2F")
    expect(reader.page.get_by_text("Sign in to write a post.")).to_be_visible()
    plain = visit(viewport={"width": PHONE, "height": 844}, java_script_enabled=False).open()
    plain.page.get_by_role("link", name="Write a post").click()
    plain.page.wait_for_url("**/accounts/login/?next=/posts/new/")
