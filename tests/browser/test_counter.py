"""The counter of characters counts as the server does, and warns over the limit."""

import pytest
from playwright.sync_api import expect

from posts.forms import PostForm
from posts.models import POST_MAX_LENGTH, Post
from tests.browser.conftest import Visit
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

TEXTS = [
    "one",
    "  spaces around  ",
    "two\n\nlines\n",
    "a family is one letter to its reader: 👩‍👩‍👧",
    "e\u0301 in two parts",
    "\u00a0\u2003no-break and em space\u3000",
    "\ufeffa mark that is no space\ufeff",
    "\x1cseparators\x1f",
    "\x85next line\x85",
    "\u200bnothing wide\u200b",
    "\U0001d518\U0001d52b" * 2000,
]


def test_counter_counts_as_the_server_does(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    for text in TEXTS:
        sent = text.replace("\n", "\r\n")
        left = POST_MAX_LENGTH - len(PostForm().fields["content"].clean(sent))
        reader.text.fill(text)
        expect(reader.counter).to_have_text(f"{left:,} characters left")


def test_text_at_the_limit_is_sent(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill(" " + "ö" * POST_MAX_LENGTH + "\n")
    expect(reader.counter).to_have_text("0 characters left")
    reader.send.click()
    expect(reader.cards).to_have_count(1)
    assert Post.objects.get().content == "ö" * POST_MAX_LENGTH


def test_text_over_the_limit_is_reported_and_not_sent(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    posted = reader.requests(lambda request: request.method == "POST")
    reader.text.fill("ö" * (POST_MAX_LENGTH + 1))
    expect(reader.counter).to_have_text("1 character too many")
    expect(reader.text).to_have_attribute("aria-invalid", "true")
    status = reader.page.locator("body > p[role=status]")
    expect(status).to_have_text("1 character too many")
    reader.send.click()
    expect(reader.text).to_be_focused()
    expect(reader.toasts).to_contain_text("1 character too many")
    assert posted == []
    reader.text.press("End")
    reader.text.press("Backspace")
    expect(status).to_have_text("0 characters left")
    expect(reader.text).to_have_attribute("aria-invalid", "false")


def test_text_of_only_spaces_is_not_sent(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill(" \n ")
    reader.send.click()
    expect(reader.toasts).to_contain_text("Write something first.")
    expect(reader.text).to_be_focused()
    assert not Post.objects.exists()


def test_counter_is_shown_and_announced_only_near_the_limit(visit: Visit) -> None:
    reader = visit(UserFactory.create()).open()
    reader.text.fill("some words")
    expect(reader.counter).to_have_attribute("aria-live", "off")
    expect(reader.page.locator("body > p[role=status]")).to_be_empty()
    expect(reader.counter).to_be_hidden()
    reader.text.fill("ö" * (POST_MAX_LENGTH - 400))
    expect(reader.counter).to_be_visible()
    expect(reader.page.locator("body > p[role=status]")).to_have_text("400 characters left")
