"""Images are made smaller before they travel; a refused file holds the post back."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.test_images import dispatch, image_file
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def writer(visit: Visit) -> Reader:
    return visit(UserFactory.create()).open()


def upload(name: str, image: Image.Image, kind: str, **options: object) -> FilePayload:
    content = BytesIO()
    image.save(content, kind, **options)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": content.getvalue()}


def turned_photo() -> FilePayload:
    """Return a photo as a phone takes it: large, lying on its side, with the place in it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: rotated by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    noise = Image.effect_noise((3_000, 1_500), 60).convert("RGB")
    return upload("pier.jpg", noise, "JPEG", exif=exif, quality=90)


def moving() -> FilePayload:
    """Return an animated GIF of more pixels than the site keeps."""
    frames = [Image.new("P", (1_800, 10), number) for number in (1, 2)]
    return upload("a.gif", frames[0], "GIF", save_all=True, append_images=frames[1:])


def chosen(writer: Reader, file: FilePayload) -> tuple[str, bytes]:
    """Choose this file; return the name and the bytes that would be sent."""
    files = writer.page.locator("input[name=image]")
    files.set_input_files(file)
    preview = writer.page.locator("[data-preview]").first
    expect(preview).to_be_visible()
    expect(preview).not_to_have_js_property("naturalWidth", 0)
    name, content = files.evaluate(
        """async ({files: [file]}) => [file.name, [...new Uint8Array(await file.arrayBuffer())]]"""
    )
    writer.page.locator("[data-remove-image]").first.click()
    return name, bytes(content)


def test_large_photo_is_sent_upright_and_small_without_its_metadata(writer: Reader) -> None:
    photo = turned_photo()
    name, sent = chosen(writer, photo)
    image = Image.open(BytesIO(sent))
    assert (name, image.format, image.size) == ("pier.webp", "WEBP", (800, 1_600))
    assert len(sent) < len(photo["buffer"]) / 3
    assert not dict(image.getexif())


def test_small_moving_and_transparent_images_keep_what_they_are(writer: Reader) -> None:
    for file in (image_file(), moving()):
        assert chosen(writer, file) == (file["name"], file["buffer"])
    drawing = Image.effect_noise((2_000, 1_000), 90).convert("RGBA")
    drawing.putalpha(Image.linear_gradient("L").resize(drawing.size))
    _, sent = chosen(writer, upload("line.png", drawing, "PNG"))
    image = Image.open(BytesIO(sent))
    assert image.size == (1_600, 800)
    # Transparent at its top: the lowest value of the fourth channel.
    assert min(image.convert("RGBA").getchannel("A").tobytes()) < 10


def test_refused_file_holds_the_post_back_until_it_is_left_out(writer: Reader) -> None:
    files = writer.page.locator("input[name=image]")
    files.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    writer.text.fill("With a picture.")
    writer.send.click()
    expect(writer.toasts).to_contain_text("That is no image this site takes")
    without = writer.page.get_by_role("button", name="Go on without that file")
    expect(without).to_be_focused()
    assert not Post.objects.exists()
    without.click()
    expect(writer.page.locator("[data-image-error]")).to_be_hidden()
    expect(writer.text).to_be_focused()
    writer.send.click()
    expect(writer.cards).to_have_count(1)
    assert not Post.objects.get().image


def test_fifth_of_five_dropped_files_holds_the_post_back(writer: Reader) -> None:
    writer.text.fill("All of them.")
    others = [f"{number}.png" for number in (2, 3, 4, 5)]
    assert dispatch(writer, "drop", image_file("1.png"), others=others)
    problem = writer.page.locator("[data-image-error]")
    expect(problem).to_have_text("A post takes up to 4 images. Left out: 5.png")
    expect(writer.page.locator("[data-preview]:visible")).to_have_count(4)
    writer.send.click()
    expect(writer.page.get_by_role("button", name="Go on without that file")).to_be_focused()
    assert not Post.objects.exists()


def test_image_that_was_not_kept_with_its_draft_is_missed(writer: Reader) -> None:
    writer.page.locator("input[name=image]").set_input_files(image_file())
    expect(writer.page.locator("[data-preview]").first).to_be_visible()
    writer.text.fill("With a view.")
    with writer.page.expect_event("load"):
        writer.page.evaluate(
            """async () => {
              const [{name}] = await indexedDB.databases();
              await new Promise(done => (indexedDB.deleteDatabase(name).onsuccess = done));
              location.reload();
            }"""
        )
    problem = writer.page.locator("[data-image-error]")
    expect(problem).to_contain_text("The image view.png of this draft was not kept.")
    writer.send.click()
    expect(writer.toasts).to_contain_text("Choose it again.")
    assert not Post.objects.exists()
