"""An image for a post: choose, drop or paste, preview, describe, send."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from posts.images import MAX_BYTES
from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def image_file(name: str = "view.png") -> FilePayload:
    content = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.fixture
def writer(visit: Visit) -> Reader:
    return visit(UserFactory.create()).open()


# Playwright cannot create drag or paste events, so a script in the page does.
DISPATCH = """(target, {event, bytes, name, type, text, others}) => {
  const data = new DataTransfer();
  if (bytes) data.items.add(new File([Uint8Array.from(bytes)], name, {type}));
  for (const other of others ?? []) {
    data.items.add(new File([Uint8Array.from(bytes)], other, {type}));
  }
  if (text) data.setData("text/plain", text);
  const options = event === "paste" ? {clipboardData: data} : {dataTransfer: data};
  const kind = event === "paste" ? ClipboardEvent : DragEvent;
  return !target.dispatchEvent(new kind(event, {bubbles: true, cancelable: true, ...options}));
}"""


def dispatch(writer: Reader, event: str, file: FilePayload | None = None, **more: Any) -> bool:
    """Send a drag or paste event to the text field; return whether the page handled it."""
    if file:
        more |= {"bytes": [*file["buffer"]], "name": file["name"], "type": file["mimeType"]}
    handled: bool = writer.text.evaluate(DISPATCH, {"event": event, **more})
    return handled


def expect_preview(writer: Reader) -> None:
    preview = writer.page.locator("[data-preview]").first
    expect(preview).to_be_visible()
    expect(preview).to_have_js_property("naturalWidth", 60)


def test_chosen_image_is_previewed_described_and_posted(writer: Reader) -> None:
    alt = writer.page.get_by_label("What the image shows")
    expect(alt).to_be_hidden()
    writer.page.locator("[data-image] summary").click()
    writer.page.locator("input[name=image]").set_input_files(image_file())
    expect_preview(writer)
    status = writer.page.locator("body > p[role=status]")
    expect(status).to_contain_text("The image is added. Say what it shows")
    alt.fill("A teal field")
    writer.text.fill("With a view.")
    writer.send.click()
    image = writer.cards.first.get_by_role("img", name="A teal field")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 60)
    expect(writer.page.locator("[data-preview]").first).to_be_hidden()
    expect(alt).to_be_hidden()
    writer.text.fill("And now without.")
    writer.send.click()
    expect(writer.cards).to_have_count(2)
    assert not Post.objects.latest("pk").image


def test_dropped_image_is_posted(writer: Reader) -> None:
    form = writer.page.locator("[data-compose=post]")
    dispatch(writer, "dragover", image_file())
    expect(form).to_have_class(re.compile("dropping"))
    assert dispatch(writer, "drop", image_file())
    expect_preview(writer)
    expect(form).not_to_have_class(re.compile("dropping"))
    writer.text.fill("Dropped.")
    writer.send.click()
    expect(writer.cards).to_have_count(1)
    assert Post.objects.get().image


def test_pasted_image_is_previewed(writer: Reader) -> None:
    assert dispatch(writer, "paste", image_file())
    expect_preview(writer)


def test_pasted_text_with_an_image_is_pasted_as_text(writer: Reader) -> None:
    assert not dispatch(writer, "paste", image_file(), text="From a document.")
    expect(writer.page.locator("[data-preview]").first).to_be_hidden()


def test_file_dropped_outside_the_form_does_not_leave_the_page(writer: Reader) -> None:
    data = image_file()
    arguments = {"event": "drop", "bytes": [*data["buffer"]], "name": "a.png", "type": "image/png"}
    assert writer.page.locator("footer").evaluate(DISPATCH, arguments)
    expect(writer.page.locator("[data-preview]").first).to_be_hidden()


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"},
            "That is no image this site takes",
        ),
        (
            {"name": "a.png", "mimeType": "image/png", "buffer": bytes(MAX_BYTES + 1)},
            "This image is larger than 8 MB.",
        ),
    ],
)
def test_refused_image_shows_a_reason_and_keeps_the_previous_one(
    writer: Reader, file: FilePayload, reason: str
) -> None:
    chosen = writer.page.locator("input[name=image]")
    chosen.set_input_files(image_file())
    chosen.set_input_files(file)
    expect(writer.page.locator("[data-image-error]")).to_contain_text(reason)
    expect_preview(writer)
    assert chosen.evaluate("input => input.files[0].name") == "view.png"
    chosen.set_input_files(image_file("better.png"))
    expect(writer.page.locator("[data-image-error]")).to_be_hidden()


def test_chosen_image_can_be_removed(writer: Reader) -> None:
    chosen = writer.page.locator("input[name=image]")
    chosen.set_input_files(image_file())
    writer.page.locator("[data-remove-image]").first.click()
    expect(writer.page.locator("[data-preview]").first).to_be_hidden()
    expect(chosen).to_be_focused()
    writer.text.fill("Without.")
    writer.send.click()
    expect(writer.cards).to_have_count(1)
    assert not Post.objects.get().image


def test_chosen_image_is_kept_after_a_failure(writer: Reader) -> None:
    writer.expect_error("503")
    writer.page.locator("input[name=image]").set_input_files(image_file())
    writer.text.fill("Once more.")
    writer.page.route("**/posts/new/", lambda route: route.fulfill(status=503))
    writer.send.click()
    expect(writer.toasts).to_contain_text("The site has trouble.")
    expect_preview(writer)
    writer.page.unroute("**/posts/new/")
    writer.send.click()
    expect(writer.cards.first.locator("img.picture")).to_be_visible()


def test_several_images_are_described_kept_posted_opened_and_edited(writer: Reader) -> None:
    page = writer.page
    page.locator("input[name=image]").set_input_files([image_file("a.png"), image_file("b.png")])
    alts = page.get_by_label("What the image shows"), page.get_by_label("What image 2 shows")
    expect(page.locator("[data-preview]:visible")).to_have_count(2)
    page.locator("input[name=image]").set_input_files(image_file("c.png"))
    expect(page.locator("[data-preview]:visible")).to_have_count(3)
    for number in (2, 3):
        page.get_by_label(f"What image {number} shows").fill(f"Number {number}")
    page.locator("[data-remove-image]").nth(1).click()
    expect(alts[1]).to_have_value("Number 3")
    alts[0].fill("Number 1")
    page.reload()
    expect(page.locator("[data-preview]:visible")).to_have_count(2)
    expect(alts[1]).to_have_value("Number 3")
    writer.send.click()
    card = writer.cards.first
    expect(card.locator(".of-2 img")).to_have_count(2)
    post = Post.objects.get()
    assert (post.content, post.image_alt) == ("", "Number 1")
    card.locator("a[data-large]").first.click()
    expect(page.get_by_role("dialog", name="Image 1 of 2")).to_contain_text("Number 1")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="Image 2 of 2")).to_contain_text("Number 3")
    page.keyboard.press("Escape")
    writer.menu(card, "[data-edit]")
    form = page.locator(".editing")
    form.get_by_label("Remove the image").check()
    form.locator("input[name=image]").set_input_files(image_file("d.png"))
    form.get_by_label("What image 3 shows").fill("Number 4")
    form.locator("[type=submit]").click()
    expect(writer.toasts).to_contain_text("Your changes are saved.")
    expect(card.locator(".of-2 img").first).to_have_attribute("alt", "Number 3")
    expect(card.locator(".of-2 img").last).to_have_attribute("alt", "Number 4")
