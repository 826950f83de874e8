"""Drafts: unsent text is kept."""

import pytest
from playwright.sync_api import expect

from posts.models import Post, User
from tests.browser.conftest import Visit, session_cookie
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_draft_survives_a_reload_and_is_shared_by_pages(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill("Half a thou")
    reader.page.reload()
    expect(reader.text).to_have_value("Half a thou")
    expect(reader.counter).to_have_text("4,989 characters left")
    reader.open("/posts/new/")
    expect(reader.text).to_have_value("Half a thou")


def test_draft_survives_sign_out_and_is_private_to_its_account(visit: Visit, site: Site) -> None:
    user: User = UserFactory.create()
    reader = visit(user).open()
    reader.text.fill("Mine alone.")
    reader.context.clear_cookies()
    reader.open()
    reader.context.add_cookies([session_cookie(UserFactory.create(), site)])
    reader.open()
    expect(reader.text).to_have_value("")
    reader.context.clear_cookies()
    reader.context.add_cookies([session_cookie(user, site)])
    reader.open()
    expect(reader.text).to_have_value("Mine alone.")


def test_sent_text_is_removed_from_drafts(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill("Done.")
    reader.send.click()
    expect(reader.cards).to_have_count(1)
    expect(reader.text).to_have_value("")
    reader.page.reload()
    expect(reader.text).to_have_value("")


def test_cleared_text_is_removed_from_drafts(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill("Never mind.")
    reader.text.fill("")
    reader.page.reload()
    expect(reader.text).to_have_value("")


def test_comment_drafts_are_per_post_and_keep_the_reply(visit: Visit) -> None:
    comment, other = CommentFactory.create(), PostFactory.create()
    reader = visit(UserFactory.create()).open(f"/posts/{comment.post_id}/")
    reader.card(comment).locator("[data-reply]").click()
    reader.text.fill("An answer.")
    reader.open(f"/posts/{other.pk}/")
    expect(reader.text).to_have_value("")
    reader.open(f"/posts/{comment.post_id}/")
    expect(reader.text).to_have_value("An answer.")
    expect(reader.page.locator(".reply-to")).to_contain_text("Replying to")
    reader.page.get_by_role("button", name="Cancel the reply").click()
    reader.page.reload()
    expect(reader.text).to_have_value("An answer.")
    expect(reader.page.locator(".reply-to")).to_have_count(0)


def test_unsaved_edit_is_not_the_draft_of_a_new_post(visit: Visit) -> None:
    post: Post = PostFactory.create(content="As it was.")
    reader = visit(post.author).open(f"/posts/{post.pk}/edit/")
    expect(reader.text).to_have_value("As it was.")
    reader.text.fill("As it could be.")
    reader.page.reload()
    expect(reader.text).to_have_value("As it could be.")
    reader.open("/posts/new/")
    expect(reader.text).to_have_value("")


def test_posting_works_without_storage(visit: Visit) -> None:
    reader = visit(UserFactory.create())
    reader.page.add_init_script(
        """Storage.prototype.setItem = Storage.prototype.getItem = () => {
          throw new DOMException("no", "SecurityError");
        }"""
    )
    reader.open().text.fill("Posted all the same.")
    reader.send.click()
    expect(reader.cards.first).to_contain_text("Posted all the same.")
