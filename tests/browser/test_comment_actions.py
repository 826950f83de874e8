"""What readers do with comments: like and edit them, and see new ones of others."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from posts.models import Comment, CommentLike, Mute, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import PHONE
from tests.factories import CommentFactory, CommentLikeFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

MAX_POLL_SECONDS = 70


@pytest.fixture
def comment(transactional_db: None) -> Comment:
    return CommentFactory.create(content="Teh cat.", author=UserFactory.create(display_name="Ada"))


def path_of(comment: Comment) -> str:
    return f"/posts/{comment.post_id}/"


# --- Likes ---------------------------------------------------------------------------------------


def test_comment_is_liked_in_place_and_unliked_by_pressing_again(
    visit: Visit, comment: Comment
) -> None:
    CommentLikeFactory.create(comment=comment)
    # Another post, person or comment with the same id is not liked with it.
    CommentFactory.create(post=comment.post)
    reader = visit(UserFactory.create()).open(path_of(comment))
    button = reader.card(comment).locator("[data-like] button")
    with reader.page.expect_response("**/like/"), reader.held("**/api/comments/*/like/"):
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(button.locator("[data-count]")).to_have_text("2")
    expect(reader.page.locator("button.liked")).to_have_count(1)
    assert CommentLike.objects.count() == 2
    reader.page.reload()
    expect(reader.page.locator("button.liked")).to_have_count(1)
    with reader.page.expect_response("**/like/"):
        button.click()
    expect(button.locator("[data-count]")).to_have_text("1")
    assert CommentLike.objects.count() == 1
    reader.expect_error("ERR_INTERNET_DISCONNECTED")
    reader.context.set_offline(True)
    button.click()
    expect(reader.toasts).to_contain_text("That like did not arrive.")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_signed_out_reader_is_invited_and_comes_back_to_the_comment(
    visit: Visit, comment: Comment
) -> None:
    reader = visit().open(path_of(comment))
    reader.card(comment).locator("[data-invite]").click()
    expect(reader.toasts).to_contain_text("Sign in to like a comment.")
    link = reader.toasts.get_by_role("link", name="Sign in")
    expect(link).to_be_focused()
    target = f"%2Fposts%2F{comment.post_id}%2F%23comment-{comment.pk}"
    assert target in (link.get_attribute("href") or "")


@pytest.mark.parametrize("signed_in", [True, False])
def test_likes_and_edits_need_no_script(visit: Visit, comment: Comment, signed_in: bool) -> None:
    narrow = {"width": PHONE, "height": 844}
    user = comment.author if signed_in else None
    reader = visit(user, java_script_enabled=False, viewport=narrow).open(path_of(comment))
    card = reader.card(comment)
    if not signed_in:
        card.locator("[data-invite]").click()
        expect(reader.page.get_by_role("main")).to_contain_text("Sign in to like a comment.")
        return
    card.locator("[data-like] button").click()
    expect(card.locator("button.liked [data-count]")).to_have_text("1")
    assert reader.page.url.endswith(f"#comment-{comment.pk}")
    reader.menu(card, "[data-edit]")
    reader.expect_error("409")
    reader.text.fill("The cat, mine.")
    comment.edit("The cat, theirs.")
    reader.send.click()
    expect(reader.page.locator("[data-newer]")).to_contain_text("The cat, theirs.")
    expect(reader.text).to_have_value("The cat, mine.")
    reader.send.click()
    expect(card.locator(".text")).to_have_text("The cat, mine.")
    expect(card.locator(".when")).to_contain_text("edited")


# --- Editing -------------------------------------------------------------------------------------


def edit(reader: Reader, comment: Comment, text: str) -> Locator:
    """Open the form in a comment, and write this text in it; return the field."""
    card = reader.card(comment)
    reader.menu(card, "[data-edit]")
    field = card.locator("textarea[data-limit]")
    expect(field).to_be_focused()
    field.fill(text)
    return field


def test_comment_is_edited_in_place_and_the_edit_is_taken_back(
    visit: Visit, comment: Comment
) -> None:
    author = visit(comment.author, viewport={"width": PHONE, "height": 844}).open(path_of(comment))
    card = author.card(comment)
    field = edit(author, comment, "The cat.")
    width = author.page.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE
    # Thrown away, and had back.
    field.press("Escape")
    expect(card.locator(".text")).to_have_text("Teh cat.")
    author.toasts.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("The cat.")
    # A draft waits through a reload, and opens the editor.
    author.page.reload()
    card.get_by_role("button", name="Draft of an edit").click()
    expect(field).to_have_value("The cat.")
    field.press("Control+Enter")
    expect(card.locator(".text")).to_have_text("The cat.")
    expect(card.locator(".when")).to_contain_text("edited")
    expect(card.locator(".draft-mark")).to_have_count(0)
    author.toasts.get_by_role("button", name="Undo").click()
    expect(card.locator(".text")).to_have_text("Teh cat.")
    assert Comment.objects.get().content == "Teh cat."


def test_newer_text_of_a_comment_is_shown_beside_ones_own(visit: Visit, comment: Comment) -> None:
    author = visit(comment.author).open(path_of(comment))
    author.expect_error("409")
    field = edit(author, comment, "The cat, mine.")
    comment.edit("The cat, theirs.")
    author.card(comment).get_by_role("button", name="Save").click()
    expect(author.card(comment).locator("[data-newer]")).to_contain_text("The cat, theirs.")
    expect(field).to_have_value("The cat, mine.")
    assert Comment.objects.get().content == "The cat, theirs."
    author.card(comment).get_by_role("button", name="Save").click()
    expect(author.card(comment).locator(":scope > .text")).to_have_text("The cat, mine.")


def test_comment_on_a_later_page_is_edited_in_place(visit: Visit, comment: Comment) -> None:
    CommentFactory.create_batch(50, post=comment.post, author=comment.author)
    last = Comment.objects.order_by("created_at", "id").last()
    assert last
    author = visit(comment.author).open(path_of(comment))
    author.page.get_by_role("link", name="Later comments").click()
    edit(author, last, "At the end.").press("Control+Enter")
    expect(author.card(last).locator(".text")).to_have_text("At the end.")


# --- New comments --------------------------------------------------------------------------------


def open_with_clock(visit: Visit, comment: Comment, user: User | None = None) -> Reader:
    """Open the post in a browser whose clock is controlled by the test, with the script loaded."""
    reader = visit(user)
    reader.page.clock.install()
    reader.open(path_of(comment))
    reader.page.clock.pause_at(timezone.now() + timedelta(seconds=1))
    with reader.page.expect_response("**/new_comments*.js") as script:
        reader.page.clock.run_for(5_000)
    script.value.finished()
    reader.page.evaluate("import(site.link('new-comments-script').href)")  # until it has run
    return reader


def poll(reader: Reader, comment: Comment) -> int:
    """Let the time of the next poll come; return the status of its answer.

    The clock stops with the request, whose time limit is on the same clock.
    """
    sent = reader.requests(lambda request: request.url.endswith(path_of(comment)))
    with reader.page.expect_response(f"**{path_of(comment)}") as answer:
        for _ in range(MAX_POLL_SECONDS):
            if not sent:
                reader.page.clock.run_for(1_000)
    assert "cookie" not in answer.value.request.all_headers()
    return answer.value.status


def offer(reader: Reader) -> Locator:
    return reader.page.locator("[data-new-comments]")


def expect_offer(reader: Reader, comment: Comment, text: str) -> None:
    """Poll until comments are offered: counts of a shared page may be a second behind."""
    for _ in range(50):
        if offer(reader).is_hidden() or offer(reader).text_content() != text:
            poll(reader, comment)
    expect(offer(reader)).to_have_text(text)


def test_new_comments_are_offered_and_come_to_their_places(visit: Visit, comment: Comment) -> None:
    last = CommentFactory.create(post=comment.post, content="The last one.")
    earlier = CommentFactory.create(post=comment.post, reply_to=last)
    me, muted = UserFactory.create(), UserFactory.create()
    Mute.objects.create(user=me, muted=muted)
    reader = open_with_clock(visit, comment, me)
    reader.card(earlier).locator("[data-reply]").click()
    reader.text.fill("Half a sen")
    reader.text.press("ArrowLeft")
    before = reader.text.bounding_box()
    reply = CommentFactory.create(post=comment.post, reply_to=comment)
    CommentFactory.create(post=comment.post, author=me)
    CommentFactory.create(post=comment.post, author=muted)
    answer = CommentFactory.create(post=comment.post, reply_to=last)
    expect_offer(reader, comment, "2 new comments")
    expect(reader.page.locator("[data-comment-news]")).to_have_text("2 new comments")
    assert reader.text.bounding_box() == before
    expect(reader.text).to_be_focused()
    offer(reader).click()
    expect(reader.card(reply)).to_be_focused()
    expect(offer(reader)).to_be_hidden()
    order = reader.page.locator(".comment:visible").evaluate_all("all => all.map(one => one.id)")
    mine = Comment.objects.get(author=me)
    shown = [comment, reply, last, earlier, answer, mine]
    assert order == [f"comment-{one.pk}" for one in shown]
    expect(reader.page.locator(".comment.fresh:visible")).to_have_count(3)
    expect(reader.page.locator(f"#comment-{earlier.pk} + form")).to_be_visible()
    expect(reader.text).to_have_value("Half a sen")
    assert reader.text.evaluate("text => text.selectionStart") == len("Half a se")
    expect(reader.page.get_by_role("heading", name="7 comments")).to_be_visible()


def test_idle_poll_is_a_304_and_deleted_comments_go_with_the_next_refresh(
    visit: Visit, comment: Comment
) -> None:
    gone = CommentFactory.create(post=comment.post)
    reader = open_with_clock(visit, comment)
    assert poll(reader, comment) == 200
    assert poll(reader, comment) == 304
    deleted = reader.card(gone)
    gone.delete()
    fresh = CommentFactory.create(post=comment.post, content="A new one.")
    comment.edit("The cat.")
    expect_offer(reader, comment, "1 new comment")
    expect(deleted).to_be_visible()
    reader.page.locator("body").press(".")
    expect(reader.card(fresh)).to_be_focused()
    expect(deleted).to_have_count(0)
    expect(reader.card(comment).locator(".text")).to_have_text("The cat.")
    expect(reader.card(comment).locator(".when")).to_contain_text("edited")
