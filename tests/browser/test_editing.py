"""Editing a text in place, and undoing it."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Locator, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def post(transactional_db: None) -> Post:
    post: Post = PostFactory.create(content="Teh cat.")
    return post


@pytest.fixture
def author(visit: Visit, post: Post) -> Reader:
    return visit(post.author).open()


def edit(author: Reader, post: Post) -> Locator:
    """Open the form in a card; return the card."""
    card = author.card(post)
    author.menu(card, "[data-edit]")
    expect(card.locator("textarea[data-limit]")).to_be_focused()
    expect(card.locator("[data-edit]")).to_be_hidden()  # the menu has closed
    return card


def test_saved_edit_is_shown_as_rendered_by_the_server(author: Reader, post: Post) -> None:
    card = edit(author, post)
    expect(card.locator("textarea[data-limit]")).to_have_value("Teh cat.")
    expect(card.locator(".text")).to_be_hidden()
    card.locator("textarea[data-limit]").fill("The #cat.")
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".text")).to_have_text("The #cat.")
    expect(card.get_by_role("link", name="#cat")).to_be_visible()
    expect(card.locator(".edited")).to_be_visible()
    expect(card.locator("textarea[data-limit]")).to_have_count(0)
    expect(card).to_be_focused()
    assert Post.objects.get().content == "The #cat."


def test_edit_can_be_undone(author: Reader, post: Post) -> None:
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("The cat.")
    card.locator("textarea[data-limit]").press("Control+Enter")
    author.toasts.get_by_role("button", name="Undo").click()
    expect(card.locator(".text")).to_have_text("Teh cat.")
    expect(author.toasts).to_contain_text("The old text is back.")
    assert Post.objects.get().content == "Teh cat."


def test_undo_of_an_edit_expires(visit: Visit, post: Post) -> None:
    author = visit(post.author)
    author.page.clock.install()
    card = edit(author.open(), post)
    card.locator("textarea[data-limit]").fill("The cat.")
    card.get_by_role("button", name="Save").click()
    undo = author.toasts.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    author.page.clock.run_for(13_000)
    expect(undo).to_have_count(0)


def test_escape_and_cancel_discard_the_edit(author: Reader, post: Post) -> None:
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("Other")
    author.page.keyboard.press("Escape")
    expect(card.locator(".text")).to_have_text("Teh cat.")
    expect(card).to_be_focused()
    edit(author, post)
    expect(card.locator("textarea[data-limit]")).to_have_value("Teh cat.")
    card.get_by_role("link", name="Cancel").click()
    expect(card.locator(".text")).to_be_visible()
    assert not Post.objects.get().edited


def test_edit_thrown_away_can_be_undone_until_it_is_past(visit: Visit, post: Post) -> None:
    author = visit(post.author)
    author.page.clock.install()
    card = edit(author.open(), post)
    card.locator("textarea[data-limit]").fill("The cat, at length.")
    author.page.keyboard.press("Escape")
    expect(author.toasts).to_contain_text("Edit thrown away.")
    author.toasts.get_by_role("button", name="Undo").click()
    expect(card.locator("textarea[data-limit]")).to_have_value("The cat, at length.")
    card.get_by_role("link", name="Cancel").click()
    expect(card.locator("textarea")).to_have_count(0)
    author.page.clock.run_for(13_000)
    expect(author.toasts).to_be_empty()
    edit(author.open(), post)
    expect(card.locator("textarea[data-limit]")).to_have_value("Teh cat.")


def test_failed_edit_keeps_the_form_and_the_text(author: Reader, post: Post) -> None:
    author.expect_error("401")
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("The cat.")
    Session.objects.all().delete()
    card.get_by_role("button", name="Save").click()
    expect(author.toasts).to_contain_text("You are signed out")
    expect(card.locator("textarea[data-limit]")).to_have_value("The cat.")


def test_unsaved_edit_is_restored_at_the_next_edit(author: Reader, post: Post) -> None:
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("The c")
    author.page.reload()
    edit(author, post)
    expect(card.locator("textarea[data-limit]")).to_have_value("The c")


def test_edit_form_counts_characters(author: Reader, post: Post) -> None:
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("ö" * 5001)
    expect(card.locator("[data-counter]")).to_have_text("1 character too many")
    card.get_by_role("button", name="Save").click()
    expect(card.locator("textarea[data-limit]")).to_be_focused()
    assert Post.objects.get().content == "Teh cat."


def test_folded_long_text_can_be_edited(visit: Visit, post: Post) -> None:
    long = "\n".join(["A line."] * 40)
    Post.objects.update(content=long)
    author = visit(post.author).open()
    card = edit(author, post)
    expect(card.locator("[data-unfold]")).to_be_hidden()
    card.locator("textarea[data-limit]").fill(long + "\nThe last.")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("The last.")).to_be_in_viewport(ratio=0)
    expect(card.locator(".text")).to_contain_text("The last.")


def test_post_can_be_edited_on_its_page(author: Reader, post: Post) -> None:
    author.open(f"/posts/{post.pk}/")
    card = edit(author, post)
    card.locator("textarea[data-limit]").fill("The cat.")
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".text")).to_have_text("The cat.")
