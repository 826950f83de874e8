"""A newer version of a post is shown beside what was written, and never overwritten unseen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.line import Line
from tests.browser.reader import Reader
from tests.browser.ways import PHONE
from tests.factories import PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def post(transactional_db: None) -> Post:
    post: Post = PostFactory.create(content="Teh cat.")
    return post


@pytest.fixture
def author(visit: Visit, post: Post) -> Reader:
    author = visit(post.author)
    author.expect_error("409")
    return author.open()


def edit(page: Page, post: Post, text: str) -> Locator:
    """Open the form in a card, and write this text in it; return the card."""
    card = page.locator(f"#post-{post.pk}")
    card.locator("summary[aria-label]").click()
    card.locator("[data-edit]").click()
    expect(card.locator("textarea[data-limit]")).to_be_focused()
    card.locator("textarea[data-limit]").fill(text)
    return card


def save(card: Locator) -> None:
    card.get_by_role("button", name="Save").click()


def test_second_of_two_tabs_sees_the_newer_text_before_it_saves(author: Reader, post: Post) -> None:
    other = author.tab()
    other.goto(author.url)
    first, second = edit(author.page, post, "The cat, one."), edit(other, post, "The cat, two.")
    save(first)
    expect(first.locator(".text")).to_have_text("The cat, one.")
    save(second)
    expect(second.locator("[data-newer]")).to_contain_text("The cat, one.")
    field = second.locator("textarea[data-limit]")
    expect(field).to_have_value("The cat, two.")
    expect(field).to_be_focused()
    # After a reload the draft is offered beside what is newer.
    other.reload()
    second.get_by_role("button", name="Draft of an edit").click()
    expect(field).to_have_value("The cat, one.")
    expect(second.locator(".draft-note")).to_contain_text("This was changed after you began")
    second.get_by_role("button", name="Show it").click()
    expect(field).to_have_value("The cat, two.")
    assert Post.objects.get().content == "The cat, one."
    save(second)
    expect(second.locator(".text")).to_have_text("The cat, two.")
    # The undo of the first tab takes back only what is still there.
    author.toasts.get_by_role("button", name="Undo").click()
    expect(author.toasts).to_contain_text("so nothing was taken back")
    assert Post.objects.get().content == "The cat, two."


def test_saving_again_in_place_is_a_decision(author: Reader, post: Post) -> None:
    card = edit(author.page, post, "The cat, mine.")
    stored = Post.objects.get()
    stored.content = "The cat, theirs."
    stored.save()
    save(card)
    expect(card.locator("[data-newer]")).to_contain_text("The cat, theirs.")
    save(card)
    expect(card.locator(":scope > .text")).to_have_text("The cat, mine.")
    # What the newer version said is not in this form, so it can't be put back.
    expect(author.toasts).to_contain_text("Your changes are saved.")
    expect(author.toasts.get_by_role("button", name="Undo")).to_have_count(0)


def test_newer_text_is_shown_without_a_script(visit: Visit, post: Post) -> None:
    author = visit(post.author, java_script_enabled=False, viewport={"width": PHONE, "height": 844})
    author.expect_error("409")
    author.open(f"/posts/{post.pk}/edit/")
    stored = Post.objects.get()
    stored.content = "The cat, theirs."
    stored.save()
    author.text.fill("The cat, mine.")
    author.send.click()
    expect(author.page.locator("[data-newer]")).to_contain_text("The cat, theirs.")
    expect(author.text).to_have_value("The cat, mine.")
    author.send.click()
    expect(author.page.locator("article.post .text")).to_have_text("The cat, mine.")


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    line = Line(site.port)
    yield line
    line.close()


def test_post_whose_answer_was_lost_appears_once(line: Line, visit: Visit) -> None:
    author = visit(UserFactory.create())
    author.expect_error("ERR_")
    author.page.goto(line.url)
    author.text.fill("Once.")
    line.is_answering = False
    author.send.click()
    expect(author.toasts).to_contain_text("can’t appear twice")  # noqa: RUF001 -- the exact text
    assert Post.objects.count() == 1
    # So long after that nothing but the key says that it is the same.
    Post.objects.update(created_at="2020-01-01T00:00:00Z")
    line.is_answering = True
    author.page.reload()
    expect(author.text).to_have_value("Once.")
    author.send.click()
    expect(author.toasts).to_contain_text("Your post is up.")
    assert Post.objects.count() == 1


def test_post_that_was_sent_and_deleted_since_is_posted_anew_only_on_request(
    line: Line, visit: Visit
) -> None:
    author = visit(UserFactory.create())
    author.expect_error("ERR_")
    author.expect_error("409")
    author.page.goto(line.url)
    author.text.fill("Once.")
    line.is_answering = False
    author.send.click()
    expect(author.toasts).to_contain_text("can’t appear twice")  # noqa: RUF001 -- the exact text
    Post.objects.get().delete()
    line.is_answering = True
    author.send.click()
    expect(author.page.get_by_role("alert")).to_contain_text("deleted since")
    expect(author.text).to_have_value("Once.")
    assert not Post.objects.exists()
    author.send.click()
    expect(author.toasts).to_contain_text("Your post is up.")
    assert Post.objects.get().content == "Once."
