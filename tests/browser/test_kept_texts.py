"""Nothing that people write is lost: two tabs, cut connections, thrown away by mistake."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from posts.models import Post, User
from tests.browser.conftest import Visit, session_cookie
from tests.browser.line import Line
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

NEW_POST = "[data-draft=post] textarea[data-limit]"
DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('writing:')).length"
DATABASES = "indexedDB.databases().then(all => all.map(one => one.name))"


@pytest.fixture
def user(transactional_db: None) -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    line = Line(site.port)
    yield line
    line.close()


def photo(side: int = 2_000) -> FilePayload:
    """Return a photo of noise, which no encoder makes small."""
    content = BytesIO()
    Image.effect_noise((side, side // 2), 60).convert("RGB").save(content, "JPEG", quality=90)
    return {"name": "pier.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def send(page: Page) -> None:
    page.locator("[data-draft=post] [type=submit]").click()


def test_a_tab_drops_only_the_draft_that_it_sent(visit: Visit, user: User) -> None:
    reader = visit(user).open()
    reader.text.fill("Short")
    other = reader.tab()
    other.goto(reader.url)
    expect(other.locator(NEW_POST)).to_have_value("Short")
    other.locator(NEW_POST).fill("Short, and then very long")
    send(reader.page)
    expect(reader.cards).to_have_count(1)
    expect(reader.text).to_have_value("")
    other.reload()
    expect(other.locator(NEW_POST)).to_have_value("Short, and then very long")
    send(other)
    expect(reader.toasts).to_contain_text("Your post is up.")
    expect(other.locator(NEW_POST)).to_have_value("")
    assert other.evaluate(DRAFTS) == 0


def test_different_texts_in_two_tabs_are_two_drafts(visit: Visit, user: User) -> None:
    reader = visit(user).open()
    other = reader.tab()
    other.goto(reader.url)
    reader.text.fill("About herons")
    other.locator(NEW_POST).fill("About looms")
    reader.text.press("End")
    reader.text.press_sequentially("!")
    other.reload()
    expect(other.locator(NEW_POST)).to_have_value("About herons!")
    note = other.locator(".draft-note")
    expect(note).to_contain_text("Another draft of yours waits: About looms")
    note.get_by_role("button", name="Show it").click()
    expect(other.locator(NEW_POST)).to_have_value("About looms")
    expect(note).to_contain_text("About herons!")
    note.get_by_role("button", name="Throw it away").click()
    expect(note).to_have_count(0)
    other.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(note).to_contain_text("About herons!")


def test_each_draft_has_a_key_and_keeps_it_until_it_is_sent(visit: Visit, user: User) -> None:
    reader = visit(user)
    keys: list[str] = []

    def answer(route: Route) -> None:
        keys.append(re.findall(r'name="key"\s+([0-9a-f]{32})\s', route.request.post_data or "")[-1])
        if len(keys) < 3:
            route.abort("connectionreset")
        else:
            route.continue_()

    reader.expect_error("ERR_CONNECTION_RESET")
    reader.page.route("**/posts/new/", answer)
    reader.open().text.fill("Once")
    for tries in (1, 2):
        reader.send.click()
        expect(reader.toasts).to_contain_text("Send it again: it can’t appear twice.")  # noqa: RUF001 -- the exact text
        assert len(keys) == tries
        reader.page.reload()
        expect(reader.text).to_have_value("Once")
    reader.send.click()
    expect(reader.cards).to_have_count(1)
    reader.text.fill("Twice")
    reader.send.click()
    expect(reader.cards).to_have_count(2)
    assert len(set(keys[:3])) == 1
    assert keys[3] not in keys[:3]


def test_back_after_posting_shows_an_empty_form(visit: Visit, user: User) -> None:
    reader = visit(user).open("/posts/new/")
    expect(reader.text).to_be_focused()
    reader.text.fill("Posted from the page for it.")
    reader.send.click()
    reader.page.wait_for_url(reader.url + "/")
    reader.page.go_back()
    reader.page.wait_for_url("**/posts/new/")
    expect(reader.text).to_have_value("")
    # A browser may also show the page again as it was, with what another tab sent meanwhile.
    reader.text.fill("Sent by another tab.")
    reader.page.evaluate(
        """() => {
          for (const key of Object.keys(localStorage)) localStorage.removeItem(key);
          dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
        }"""
    )
    expect(reader.text).to_have_value("")


def test_edit_has_one_draft_which_is_marked_on_its_card(visit: Visit, user: User) -> None:
    post: Post = PostFactory.create(author=user, content="As it was.")
    reader = visit(user).open()
    card = reader.card(post)
    reader.menu(card, "[data-edit]")
    card.locator("textarea[data-limit]").fill("As it could be.")
    reader.open(f"/posts/{post.pk}/edit/")
    expect(reader.text).to_have_value("As it could be.")
    expect(reader.page.locator(".draft-note")).to_contain_text("Your draft")
    reader.open()
    card.get_by_role("button", name="Draft of an edit").click()
    expect(card.locator("textarea[data-limit]")).to_have_value("As it could be.")
    expect(card.locator(".draft-mark")).to_have_count(0)


def test_reply_has_a_draft_of_its_own_which_is_marked(visit: Visit, user: User) -> None:
    first = CommentFactory.create()
    second = CommentFactory.create(post=first.post)
    reader = visit(user).open(f"/posts/{first.post_id}/")
    reader.card(first).locator("[data-reply]").click()
    reader.text.fill("To the first")
    reader.page.reload()
    expect(reader.text).to_have_value("To the first")
    expect(reader.card(first).locator("[data-reply]")).to_contain_text("Draft")
    expect(reader.page.locator(f"#comment-{first.pk} + form")).to_be_visible()
    reader.open("/")
    comments = reader.page.locator(f"#post-{first.post_id} .actions a[href$='#comments']")
    expect(comments).to_contain_text("Draft")
    reader.open(f"/posts/{first.post_id}/")
    reader.card(second).locator("[data-reply]").click()
    expect(reader.text).to_have_value("To the first")  # the text goes along
    expect(reader.card(second).locator("[data-reply]")).to_contain_text("Draft")
    expect(reader.card(first).locator("[data-reply]")).not_to_contain_text("Draft")


def test_signing_out_removes_drafts_with_their_images(visit: Visit, user: User) -> None:
    reader = visit(user).open()
    reader.text.fill("Mine alone.")
    reader.page.locator("input[name=image]").set_input_files(photo(400))
    expect(reader.page.locator("[data-preview]").first).to_be_visible()
    assert reader.page.evaluate(DATABASES) == [f"drafts-{user.pk}"]
    reader.page.get_by_role("button", name="Menu of").click()
    reader.page.get_by_role("button", name="Sign out").click()
    expect(reader.page.locator("html")).not_to_have_attribute("data-viewer", user.username)
    assert reader.page.evaluate(DRAFTS) == 0
    reader.page.wait_for_function(f"{DATABASES}.then(names => names.length === 0)")


def test_deleting_the_account_removes_its_drafts_alone(
    visit: Visit, site: Site, user: User
) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill("Of another account.")
    reader.context.clear_cookies()
    reader.context.add_cookies([session_cookie(user, site)])
    reader.open()
    reader.text.fill("Of this account.")
    reader.open("/accounts/delete/")
    for _ in range(2):
        fields = reader.page.get_by_role("main").locator("input:not([type=hidden])")
        for field in fields.all():
            kind = field.get_attribute("type")
            field.check() if kind == "checkbox" else field.fill("correct horse battery")
        reader.page.get_by_role("main").locator("[type=submit]").first.click()
        if reader.page.get_by_role("heading", name="Your account is deleted").count():
            break
    expect(reader.page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    assert reader.page.evaluate(DRAFTS) == 1


def test_cut_upload_publishes_nothing_and_is_sent_once_with_its_image(
    line: Line, visit: Visit, user: User
) -> None:
    reader = visit(user)
    reader.expect_error("ERR_")
    reader.page.goto(line.url)
    reader.text.fill("From the pier.")
    reader.page.locator("input[name=image]").set_input_files(photo())
    expect(reader.page.locator("[data-preview]").first).to_be_visible()
    line.max_bytes = 60_000
    reader.send.click()
    expect(reader.toasts).to_contain_text("No answer came. What you wrote is kept.")
    expect(reader.page.locator(".progress")).to_have_count(0)
    assert not Post.objects.exists()
    line.max_bytes = float("inf")
    reader.page.reload()  # as after a crash
    expect(reader.text).to_have_value("From the pier.")
    expect(reader.page.locator("[data-preview]").first).to_be_visible()
    reader.send.click()
    expect(reader.cards).to_have_count(1)
    assert Post.objects.get().image
    reader.page.reload()
    expect(reader.text).to_have_value("")
    expect(reader.page.locator("[data-preview]").first).to_be_hidden()


def test_sending_on_a_slow_line_can_be_stopped_and_keeps_the_draft(
    line: Line, visit: Visit, user: User
) -> None:
    reader = visit(user)
    reader.page.goto(line.url)
    reader.text.fill("From the pier.")
    reader.page.locator("input[name=image]").set_input_files(photo())
    expect(reader.page.locator("[data-preview]").first).to_be_visible()
    line.bytes_per_second = 10_000
    reader.send.click()
    expect(reader.page.get_by_role("progressbar", name="Sending")).to_be_visible()
    expect(reader.text).not_to_be_editable()
    reader.page.get_by_role("button", name="Stop").click()
    expect(reader.toasts).to_contain_text("Stopped. What you wrote is kept.")
    expect(reader.send).to_be_focused()
    expect(reader.text).to_be_editable()
    line.bytes_per_second = None
    reader.send.click()
    expect(reader.cards).to_have_count(1)
    assert Post.objects.get().image


def test_sending_ends_if_nothing_moves(visit: Visit, user: User) -> None:
    reader = visit(user)
    reader.page.clock.install()
    reader.open().text.fill("Into silence.")
    with reader.held("**/posts/new/"):
        reader.send.click()
        expect(reader.send).to_have_text("Sending…")
        reader.page.clock.run_for(29_000)
        expect(reader.page.get_by_role("button", name="Stop")).to_be_visible()
        expect(reader.send).to_have_text("Sending…")
        for _ in range(10):  # until the limit after the last byte is over
            if not reader.toasts.inner_text():
                reader.page.clock.run_for(8_000)
        expect(reader.toasts).to_contain_text("No answer came.")
    expect(reader.text).to_have_value("Into silence.")


def test_like_that_did_not_arrive_says_nothing_of_texts(visit: Visit, user: User) -> None:
    PostFactory.create()
    reader = visit(user).open()
    reader.expect_error("ERR_INTERNET_DISCONNECTED")
    reader.context.set_offline(True)
    reader.page.locator("[data-like] button").click()
    expect(reader.toasts).to_contain_text("That like did not arrive. You are offline")
    expect(reader.toasts).not_to_contain_text("kept")
