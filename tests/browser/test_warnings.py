"""Posts behind a content warning, and the history of an edited post, in a browser."""

from secrets import token_hex

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Locator, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.test_accounts import picture
from tests.browser.ways import Way, bounds
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def post(transactional_db: None) -> Post:
    made: Post = PostFactory.create(
        content="The butler did it.\n" * 40,
        content_warning="Spoilers",
        image_alt="The knife",
        image_width=4,
        image_height=3,
    )
    made.image.save(f"{token_hex(16)}.webp", ContentFile(picture()))
    return made


def open_by_key(warning: Locator) -> None:
    warning.focus()
    warning.press("Enter")


@bounds
def test_post_is_closed_until_its_warning_is_opened(visit: Visit, way: Way, post: Post) -> None:
    other = PostFactory.create(content="Above it.")
    reader = visit(**way.context)
    images = reader.requests(lambda request: "/media/posts/" in request.url)
    reader.open()
    card, above = reader.card(post), reader.card(other)
    text, image = card.locator(".text"), card.locator("img.picture")
    expect(card.get_by_text("Spoilers")).to_be_visible()
    assert not text.is_visible()
    assert not image.is_visible()
    place = above.bounding_box()
    open_by_key(card.locator(".warning"))
    expect(text).to_be_visible()
    image.scroll_into_view_if_needed()
    expect(image).to_be_visible()
    expect(card.get_by_text("Hide", exact=True)).to_be_visible()
    assert len(images) == 1, "the image was loaded before the post was opened, or not at all"
    reader.page.evaluate("scrollTo(0, 0)")
    assert above.bounding_box() == place
    open_by_key(card.locator(".warning"))
    expect(text).to_be_hidden()
    reader.page.emulate_media(media="print")
    expect(text).to_be_visible()
    expect(card.get_by_text("Show", exact=True)).to_be_hidden()


def test_keys_open_a_warning_and_no_script_looks_behind_a_closed_one(
    visit: Visit, post: Post
) -> None:
    open_image = PostFactory.create(content="Open", image_width=4, image_height=3)
    open_image.image.save(f"{token_hex(16)}.webp", ContentFile(picture()))
    reader = visit().open()
    reader.card(open_image).locator("a[data-large]").click()
    expect(reader.page.get_by_role("dialog").get_by_role("status")).to_have_text("Image 1 of 1")
    reader.page.keyboard.press("Escape")
    for _ in range(2):
        reader.page.keyboard.press("j")
    reader.page.keyboard.press("x")
    card = reader.card(post)
    expect(card.locator(".text")).to_be_visible()
    # Long texts are folded by their height once they have one.
    expect(card.locator("[data-unfold]")).to_be_visible()
    reader.page.keyboard.press("x")
    expect(card.locator(".text")).to_be_hidden()


@bounds
def test_post_is_written_with_a_warning_and_edited(visit: Visit, way: Way) -> None:
    reader = visit(UserFactory.create(), **way.context).open()
    form = reader.page.locator("[data-draft=post]")
    form.get_by_text("Add a warning").click()
    warning = form.get_by_label("Content warning")
    warning.press_sequentially("Spiders")
    reader.text.fill("Eight legs.")
    if way.scripted:
        warning.press("Enter")  # does not send the form
        reader.page.reload()  # keeps the draft
        expect(warning).to_have_value("Spiders\n")
        expect(warning).to_be_visible()
    reader.send.click()
    expect(reader.page.get_by_text("Your post is up.")).to_be_visible()
    post = Post.objects.get()
    assert (post.content, post.content_warning) == ("Eight legs.", "Spiders")
    expect(reader.card(post).get_by_text("Spiders")).to_be_visible()
    expect(reader.card(post).locator(".text")).to_be_hidden()
    if way.scripted:
        expect(warning).to_be_hidden()
        reader.card(post).locator(".more-menu summary").click()
        reader.card(post).locator("[data-edit]").click()
        editor = reader.card(post).locator(".editing")
    else:
        reader.open(f"/posts/{post.pk}/edit/")
        editor = reader.page.locator("[data-compose=post]")
    expect(editor.get_by_label("Content warning")).to_have_value("Spiders")
    editor.get_by_label("Content warning").fill("Insects")
    editor.get_by_role("button", name="Save").click()
    expect(reader.card(post).get_by_text("Insects")).to_be_visible()
    if way.scripted:
        reader.toasts.get_by_role("button", name="Undo").click()
        expect(reader.card(post).get_by_text("Spiders")).to_be_visible()
    reader.card(post).locator(".edited").click()
    expect(reader.page.locator(".version")).to_have_count(3 if way.scripted else 2)
    reader.page.locator(".version .warning").first.click()
    removed = reader.page.locator(".version del").first
    expect(removed).to_be_visible()
    assert "line-through" in removed.evaluate("node => getComputedStyle(node).textDecorationLine")
