"""A post with an image: upload, alternative text, display, removal."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.ways import Way, bounds
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres, bounds]


def photograph() -> FilePayload:
    """Return a photo as a phone takes it: rotated, large, with the place in its metadata."""
    data, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6  # orientation: rotated by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    exif[0x010F] = "A telephone"
    Image.new("RGB", (2400, 1200), "teal").save(data, "JPEG", exif=exif)
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def test_image_is_posted_with_its_text_and_without_metadata(visit: Visit, way: Way) -> None:
    reader = visit(UserFactory.create(), **way.context).open()
    reader.page.get_by_text("Image", exact=True).click()
    reader.page.get_by_label("Choose images").set_input_files(photograph())
    reader.page.get_by_label("What the image shows").fill("A heron, still.")
    reader.text.fill("From the pier.")
    reader.send.click()
    expect(reader.page.get_by_text("Your post is up.")).to_be_visible()
    for viewer in (reader, visit().open()):
        image = viewer.cards.first.get_by_role("img", name="A heron, still.")
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("naturalWidth", 800)
        expect(image).to_have_js_property("naturalHeight", 1600)
    source = reader.cards.first.locator("img.picture").get_attribute("src")
    assert source
    stored = Image.open(BytesIO(reader.page.request.get(reader.url + source).body()))
    assert stored.format == "WEBP"
    assert not dict(stored.getexif())


def test_invalid_image_is_refused_and_the_text_is_kept(visit: Visit, way: Way) -> None:
    reader = visit(UserFactory.create(), **way.context).open()
    reader.expect_error("422")
    reader.text.fill("From the pier.")
    reader.page.get_by_text("Image", exact=True).click()
    # With the name and type of an image, so that only the server detects it.
    reader.page.get_by_label("Choose images").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
    )
    reader.send.click()
    expect(reader.page.locator(".image-fields .errorlist:visible")).not_to_be_empty()
    expect(reader.text).to_have_value("From the pier.")
    assert not Post.objects.exists()


def test_image_can_be_removed_from_a_post(visit: Visit, way: Way) -> None:
    author = UserFactory.create()
    reader = visit(author, **way.context).open("/posts/new/")
    reader.page.get_by_text("Image", exact=True).click()
    reader.page.get_by_label("Choose images").set_input_files(photograph())
    reader.text.fill("From the pier.")
    reader.send.click()
    expect(reader.cards.first.locator("img.picture")).to_be_visible()
    reader.menu(reader.cards.first, "[data-edit]")
    reader.page.get_by_label("Remove the image").check()
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.get_by_text("Your changes are saved.")).to_be_visible()
    expect(reader.page.locator("article.post")).to_contain_text("From the pier.")
    expect(reader.page.locator("img.picture")).to_have_count(0)
    visitor = visit().open()
    expect(visitor.cards.first).to_contain_text("From the pier.")
    expect(visitor.page.locator("img.picture")).to_have_count(0)
    assert Post.objects.get().image.name == ""
