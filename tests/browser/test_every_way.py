"""Reading and writing, with and without JavaScript, on a wide screen and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from posts.models import Comment, Post, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import Way, every_way
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres, every_way]


@pytest.fixture
def author(transactional_db: None) -> User:
    return UserFactory.create(username="ada", display_name="Ada L.")


def form_of(card: Locator, reader: Reader, way: Way) -> Locator:
    """Return where a card's text is edited: in the card, or without JavaScript on a page."""
    return card if way.scripted else reader.page.get_by_role("main")


def test_back_from_an_older_post_returns_to_it(visit: Visit, way: Way, author: User) -> None:
    oldest, *_, newest = PostFactory.create_batch(25, author=author)
    reader = visit(**way.context).open()
    expect(reader.cards.first).to_contain_text(newest.content)
    if way.scripted:
        reader.cards.last.scroll_into_view_if_needed()
    else:
        reader.page.get_by_role("link", name="Older posts").click()
    reader.card(oldest).locator(".when a").click()
    expect(reader.page.get_by_role("heading", level=1, name="Ada L.")).to_be_visible()
    expect(reader.page.locator("#comments")).to_be_attached()
    reader.page.go_back()
    expect(reader.card(oldest)).to_be_in_viewport()


def test_sign_in_returns_to_the_same_page(visit: Visit, way: Way, author: User) -> None:
    post = PostFactory.create()
    reader = visit(**way.context).open(f"/posts/{post.pk}/")
    reader.page.get_by_role("link", name="Sign in to comment").click()
    reader.page.get_by_label("Username or email address").fill("ada")
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    reader.page.wait_for_url(f"**/posts/{post.pk}/")
    expect(reader.page.get_by_role("button", name="Menu of Ada L.")).to_be_visible()
    expect(reader.text).to_be_visible()


def test_new_post_is_visible_at_once(visit: Visit, way: Way, author: User) -> None:
    PostFactory.create()
    reader = visit(author, **way.context).open()
    reader.text.fill("Good morning.\nWith #coffee, and two < three.")
    reader.send.click()
    expect(reader.page.get_by_text("Your post is up.")).to_be_visible()
    expect(reader.cards).to_have_count(2)
    expect(reader.cards.first).to_contain_text("two < three")
    expect(reader.cards.first.get_by_role("link", name="#coffee")).to_be_visible()
    expect(reader.text).to_have_value("")
    visitor = visit().open()
    expect(visitor.cards.first).to_contain_text("Good morning.")
    assert Post.objects.get(author=author).content.startswith("Good morning.\nWith")


def test_double_click_creates_one_post(visit: Visit, way: Way, author: User) -> None:
    reader = visit(author, **way.context).open()
    reader.text.fill("Twice pressed.")
    reader.send.dblclick()
    expect(reader.cards).to_have_count(1)
    reader.page.wait_for_load_state("networkidle")
    assert Post.objects.filter(author=author).count() == 1


def test_edited_post_is_marked_as_edited(visit: Visit, way: Way, author: User) -> None:
    post = PostFactory.create(author=author, content="Teh cat.")
    reader = visit(author, **way.context).open()
    reader.menu(reader.card(post), "[data-edit]")
    form = form_of(reader.card(post), reader, way)
    form.locator("textarea[data-limit]").fill("The cat.")
    form.get_by_role("button", name="Save").click()
    expect(reader.page.get_by_text("Your changes are saved.")).to_be_visible()
    expect(reader.card(post).locator(".text")).to_have_text("The cat.")
    reader.open()
    expect(reader.card(post).locator(".text")).to_have_text("The cat.")
    expect(reader.card(post).get_by_text("edited")).to_be_visible()


def test_deleted_post_is_gone_for_all_readers(
    visit: Visit, way: Way, author: User, wait_until: Callable[..., None]
) -> None:
    kept, deleted = PostFactory.create_batch(2, author=author)
    reader = visit(author, **way.context).open()
    reader.menu(reader.card(deleted), "[data-delete]")
    if not way.scripted:
        expect(reader.page.get_by_role("main")).to_contain_text(deleted.content)
        reader.page.get_by_role("button", name="Delete").click()
    expect(reader.page.get_by_text("The post is deleted.")).to_be_visible()
    expect(reader.cards).to_have_count(1)
    reader.card(kept).locator(".when a").click()  # leaving the page ends the time for the undo
    wait_until(lambda: not Post.objects.filter(pk=deleted.pk).exists())
    visitor = visit().open()
    expect(visitor.card(kept)).to_be_visible()
    expect(visitor.card(deleted)).to_have_count(0)


def test_like_is_counted_and_can_be_removed(
    visit: Visit, way: Way, author: User, wait_until: Callable[..., None]
) -> None:
    post = PostFactory.create()
    reader = visit(author, **way.context).open()
    like = reader.card(post).locator("[data-like] button")
    for pressed, count in [("true", 1), ("false", 0)]:
        with reader.page.expect_response("**/like/"):
            like.click()
        expect(like).to_have_attribute("aria-pressed", pressed)
        assert post.likes.count() == count
        if way.scripted:
            expect(like.locator("[data-count]")).to_have_attribute("data-count", str(count))
        # Counts in the page are updated within a second or two.
        wait_until(lambda count=count: shown_likes(reader.open().card(post)) == str(count))


def shown_likes(card: Locator) -> str | None:
    return card.locator("[data-like] [data-count]").get_attribute("data-count")


def test_comment_and_reply_are_below_the_post(visit: Visit, way: Way, author: User) -> None:
    comment: Comment = CommentFactory.create(content="Is it warm there?")
    reader = visit(author, **way.context).open(f"/posts/{comment.post_id}/")
    reader.text.fill("What a day.")
    reader.send.click()
    expect(reader.page.get_by_text("Your comment is up.")).to_be_visible()
    expect(reader.page.get_by_role("heading", name="2 comments")).to_be_visible()
    reader.card(comment).get_by_role("link", name="Reply").click()
    expect(reader.text).to_be_visible()
    reader.text.fill("Very.")
    reader.send.click()
    reply = reader.page.locator(".replies > .comment")
    expect(reply).to_contain_text("Very.")
    assert Comment.objects.get(content="Very.").reply_to == comment
