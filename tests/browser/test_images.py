"""An image for a post: chosen, dropped or pasted, looked at, described, sent."""

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


def picture(name: str = "view.png") -> FilePayload:
    content = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.fixture
def writer(visit: Visit) -> Reader:
    return visit(UserFactory.create()).open()


# What a person drags or copies can only be made in the page.
CARRY = """(place, {event, bytes, name, type, text}) => {
  const carried = new DataTransfer();
  if (bytes) carried.items.add(new File([Uint8Array.from(bytes)], name, {type}));
  if (text) carried.setData("text/plain", text);
  const more = event === "paste" ? {clipboardData: carried} : {dataTransfer: carried};
  const kind = event === "paste" ? ClipboardEvent : DragEvent;
  const made = new kind(event, {bubbles: true, cancelable: true, ...more});
  return !place.dispatchEvent(made);
}"""


def carry(writer: Reader, event: str, file: FilePayload | None = None, **more: Any) -> bool:
    """Let a file arrive where one writes; false when the page leaves it to the browser."""
    if file:
        more |= {"bytes": [*file["buffer"]], "name": file["name"], "type": file["mimeType"]}
    taken: bool = writer.text.evaluate(CARRY, {"event": event, **more})
    return taken


def expect_preview(writer: Reader) -> None:
    preview = writer.page.locator("[data-preview]")
    expect(preview).to_be_visible()
    expect(preview).to_have_js_property("naturalWidth", 60)


def test_a_chosen_image_is_seen_described_and_posted(writer: Reader) -> None:
    alt = writer.page.get_by_label("What the image shows")
    expect(alt).to_be_hidden()
    writer.page.locator("[data-image] summary").click()
    writer.page.locator("input[name=image]").set_input_files(picture())
    expect_preview(writer)
    voice = writer.page.locator("body > p[role=status]")
    expect(voice).to_contain_text("The image is added. Say what it shows")
    alt.fill("A teal field")
    writer.text.fill("With a view.")
    writer.send.click()
    shown = writer.cards.first.get_by_role("img", name="A teal field")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 60)
    expect(writer.page.locator("[data-preview]")).to_be_hidden()
    expect(alt).to_be_hidden()
    writer.text.fill("And now without.")
    writer.send.click()
    expect(writer.cards).to_have_count(2)
    assert not Post.objects.latest("pk").image


def test_a_dropped_one_too(writer: Reader) -> None:
    form = writer.page.locator("[data-compose=post]")
    carry(writer, "dragover", picture())
    expect(form).to_have_class(re.compile("dropping"))
    assert carry(writer, "drop", picture())
    expect_preview(writer)
    expect(form).not_to_have_class(re.compile("dropping"))
    writer.text.fill("Dropped.")
    writer.send.click()
    expect(writer.cards).to_have_count(1)
    assert Post.objects.get().image


def test_a_pasted_one_too(writer: Reader) -> None:
    assert carry(writer, "paste", picture())
    expect_preview(writer)


def test_pasted_text_that_brings_its_picture_is_text(writer: Reader) -> None:
    assert not carry(writer, "paste", picture(), text="From a document.")
    expect(writer.page.locator("[data-preview]")).to_be_hidden()


def test_what_is_dropped_beside_the_form_does_not_take_the_page_away(writer: Reader) -> None:
    data = picture()
    arguments = {"event": "drop", "bytes": [*data["buffer"]], "name": "a.png", "type": "image/png"}
    assert writer.page.locator("footer").evaluate(CARRY, arguments)
    expect(writer.page.locator("[data-preview]")).to_be_hidden()


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
def test_what_is_refused_is_told_why_and_the_one_before_stays(
    writer: Reader, file: FilePayload, reason: str
) -> None:
    chosen = writer.page.locator("input[name=image]")
    chosen.set_input_files(picture())
    chosen.set_input_files(file)
    expect(writer.page.locator("[data-image-error]")).to_contain_text(reason)
    expect_preview(writer)
    assert chosen.evaluate("input => input.files[0].name") == "view.png"
    chosen.set_input_files(picture("better.png"))
    expect(writer.page.locator("[data-image-error]")).to_be_hidden()


def test_it_can_be_taken_out_again(writer: Reader) -> None:
    chosen = writer.page.locator("input[name=image]")
    chosen.set_input_files(picture())
    writer.page.locator("[data-remove-image]").click()
    expect(writer.page.locator("[data-preview]")).to_be_hidden()
    expect(chosen).to_be_focused()
    writer.text.fill("Without.")
    writer.send.click()
    expect(writer.cards).to_have_count(1)
    assert not Post.objects.get().image


def test_a_failure_keeps_it(writer: Reader) -> None:
    writer.expect_error("503")
    writer.page.locator("input[name=image]").set_input_files(picture())
    writer.text.fill("Once more.")
    writer.page.route("**/posts/new/", lambda route: route.fulfill(status=503))
    writer.send.click()
    expect(writer.toasts).to_contain_text("The site has trouble.")
    expect_preview(writer)
    writer.page.unroute("**/posts/new/")
    writer.send.click()
    expect(writer.cards.first.locator("img.picture")).to_be_visible()
