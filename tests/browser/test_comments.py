"""Comments and replies, sent without a page load."""

import pytest
from playwright.sync_api import expect

from posts.models import Comment
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import CommentFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def comment(transactional_db: None) -> Comment:
    comment: Comment = CommentFactory.create(author=UserFactory.create(display_name="Ada"))
    CommentFactory.create(post=comment.post)
    return comment


@pytest.fixture
def reader(visit: Visit, comment: Comment) -> Reader:
    return visit(UserFactory.create()).open(f"/posts/{comment.post_id}/")


def test_sent_comment_appears_in_place_and_counts(reader: Reader, comment: Comment) -> None:
    reader.page.evaluate("window.same = true")
    reader.text.fill("Well said.")
    reader.send.click()
    mine = reader.page.locator(".comment").filter(has_text="Well said.")
    expect(mine).to_be_focused()
    expect(reader.toasts).to_contain_text("Your comment is up.")
    expect(reader.text).to_have_value("")
    expect(reader.page.get_by_role("heading", name="3 comments")).to_be_visible()
    count = reader.page.locator("article.post a[href$='#comments'] [data-count]")
    expect(count).to_have_text("3")
    assert reader.page.evaluate("window.same")


def test_writing_needs_no_script_for_readers(visit: Visit, comment: Comment) -> None:
    reader = visit(UserFactory.create())
    nothing = {"body": "", "content_type": "text/javascript"}
    reader.page.route("**/static/feed/*.js", lambda route: route.fulfill(**nothing))
    reader.open(f"/posts/{comment.post_id}/")
    reader.page.evaluate("window.same = true")
    reader.text.fill("Well said.")
    reader.send.click()
    expect(reader.page.locator(".comment").filter(has_text="Well said.")).to_be_focused()
    assert reader.page.evaluate("window.same")
    reader.open("/")
    reader.text.fill("A new post.")
    reader.send.click()
    expect(reader.cards.first).to_contain_text("A new post.")


def test_sending_a_comment_shows_other_new_comments(reader: Reader, comment: Comment) -> None:
    other = CommentFactory.create(post=comment.post)
    reader.text.fill("Well said.")
    reader.send.click()
    expect(reader.card(other)).to_be_visible()
    expect(reader.page.locator(".comment")).to_have_count(4)


def test_reply_form_opens_below_the_comment(reader: Reader, comment: Comment) -> None:
    reader.text.fill("Begun before, ")
    reader.card(comment).locator("[data-reply]").click()
    expect(reader.text).to_be_focused()
    expect(reader.page.locator(".reply-to")).to_contain_text("Replying to Ada")
    form = reader.page.locator(f"#comment-{comment.pk} + [data-compose=comment]")
    expect(form).to_be_visible()
    reader.text.press("End")
    reader.text.press_sequentially("and ended here.")
    reader.text.press("Control+Enter")
    mine = reader.page.locator(".replies .comment")
    expect(mine).to_contain_text("Begun before, and ended here.")
    expect(mine).to_be_focused()
    expect(reader.page.locator(".reply-to")).to_have_count(0)
    assert Comment.objects.get(content__startswith="Begun").reply_to == comment


def test_escape_cancels_the_reply_and_keeps_the_text(reader: Reader, comment: Comment) -> None:
    reader.card(comment).locator("[data-reply]").click()
    reader.text.fill("To nobody.")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator(".reply-to")).to_have_count(0)
    expect(reader.card(comment).locator("[data-reply]")).to_be_focused()
    expect(reader.text).to_have_value("To nobody.")
    reader.send.click()
    expect(reader.page.locator(".comment").filter(has_text="To nobody.")).to_be_visible()
    assert Comment.objects.get(content="To nobody.").reply_to is None


def test_reply_to_a_deleted_comment_is_refused_and_the_text_kept(
    reader: Reader, comment: Comment
) -> None:
    reader.expect_error("422")
    reader.card(comment).locator("[data-reply]").click()
    reader.text.fill("Too late.")
    comment.delete()
    reader.send.click()
    expect(reader.page.locator("[data-compose] .notice.error")).to_contain_text("no longer there")
    expect(reader.text).to_have_value("Too late.")


def test_comment_sent_from_a_later_page_is_created_once(visit: Visit, comment: Comment) -> None:
    CommentFactory.create_batch(60, post=comment.post, author=comment.author)
    reader = visit(UserFactory.create()).open(f"/posts/{comment.post_id}/")
    reader.page.get_by_role("link", name="Later comments").click()
    reader.text.fill("At the very end.")
    reader.send.click()
    expect(reader.toasts).to_contain_text("Your comment is up.")
    assert Comment.objects.filter(content="At the very end.").count() == 1
