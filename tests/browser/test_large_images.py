"""Images open as large as the window, from cards of a sensible size."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from playwright.sync_api import Page, expect

from posts.models import Post
from tests.browser.conftest import Visit
from tests.browser.ways import PHONE, Way, bounds
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def with_image(width: int, height: int, *, alt: str = "") -> Post:
    """Create a post with a transparent image of this size."""
    content = BytesIO()
    Image.new("RGBA", (width, height)).save(content, "WEBP")
    post: Post = PostFactory.create(image_alt=alt, image_width=width, image_height=height)
    post.image.save(f"{post.pk:032x}.webp", ContentFile(content.getvalue()))
    return post


@bounds
def test_images_have_a_sensible_size_on_a_light_ground(visit: Visit, way: Way) -> None:
    sizes = [(600, 1600), (1600, 267), (60, 40), (40, 60), (1200, 800), (900, 1200)]
    posts = [with_image(*size) for size in sizes]
    reader = visit(color_scheme="dark", **way.context).open()
    shown = []
    for post in posts:
        box = reader.card(post).locator("img.picture").bounding_box()
        assert box
        shown.append((round(box["width"]), round(box["height"])))
    column = 358 if way.width == PHONE else 672
    towering, panorama, small, small_high, wide, high = shown
    assert towering == (320, 480)
    assert pytest.approx(panorama, abs=1) == (column, column / 3)
    assert (small, small_high) == ((60, 40), (40, 60))
    assert pytest.approx(wide, abs=1) == (column, column / 1.5)
    assert high == (358, 477) if way.width == PHONE else (360, 480)
    ground = reader.page.locator("img.picture").first.evaluate(
        "image => getComputedStyle(image).backgroundColor"
    )
    assert ground == "rgb(223, 230, 225)"
    if not way.scripted:
        link = reader.card(posts[0]).locator("a[data-large]")
        assert link.get_attribute("href") == posts[0].image.url


def test_image_opens_large_and_leads_to_the_others(visit: Visit) -> None:
    last, _, first = (with_image(600, 1600, alt=alt) for alt in ("A pier", "", "A heron"))
    reader = visit().open()
    reader.card(first).locator("a[data-large]").click()
    dialog = reader.page.get_by_role("dialog", name="Image 1 of 3")
    expect(dialog).to_contain_text("A heron")
    image = dialog.get_by_role("img", name="A heron")
    expect(image).to_have_js_property("naturalHeight", 1600)
    size = image.bounding_box()
    assert size
    assert size["height"] > 500
    assert size["width"] == pytest.approx(size["height"] * 600 / 1600, abs=2)
    expect(dialog.get_by_role("link", name="Open the file")).to_have_attribute(
        "href", f"{reader.url}{first.image.url}"
    )
    reader.page.keyboard.press("ArrowLeft")  # there is none before
    reader.page.keyboard.press("ArrowRight")
    expect(reader.page.get_by_role("dialog", name="Image 2 of 3")).not_to_contain_text("A heron")
    reader.page.get_by_role("button", name="Next image").click()
    expect(reader.page.get_by_role("dialog", name="Image 3 of 3")).to_contain_text("A pier")
    reader.page.keyboard.press("Escape")
    expect(reader.page.get_by_role("dialog")).to_have_count(0)
    expect(reader.card(last).locator("a[data-large]")).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("dialog", name="Image 3 of 3")).to_be_visible()


def swipe(page: Page, dx: int, dy: int) -> None:
    """Move a finger from the middle of the window. Playwright has no function for it."""
    touch = page.context.new_cdp_session(page)
    steps = [{"x": 195 + dx * step / 4, "y": 420 + dy * step / 4} for step in range(5)]
    for number, point in enumerate(steps):
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_swipes_lead_to_the_others_and_close(visit: Visit) -> None:
    for _ in range(2):
        with_image(600, 400)
    reader = visit(viewport={"width": PHONE, "height": 844}, has_touch=True, is_mobile=True).open()
    reader.page.locator("a[data-large]").first.tap()
    expect(reader.page.get_by_role("dialog", name="Image 1 of 2")).to_be_visible()
    swipe(reader.page, -150, 20)
    expect(reader.page.get_by_role("dialog", name="Image 2 of 2")).to_be_visible()
    swipe(reader.page, 150, 20)
    expect(reader.page.get_by_role("dialog", name="Image 1 of 2")).to_be_visible()
    swipe(reader.page, 10, 20)
    expect(reader.page.get_by_role("dialog", name="Image 1 of 2")).to_be_visible()
    swipe(reader.page, 20, 150)
    expect(reader.page.get_by_role("dialog")).to_have_count(0)


def test_file_opens_if_the_script_cannot_be_loaded(visit: Visit) -> None:
    post = with_image(600, 400)
    reader = visit()
    reader.page.route("**/large_image*.js", lambda route: route.abort())
    reader.expect_error("ERR_FAILED")
    reader.expect_error("/media/")  # the style that Chromium puts into the page of a file
    reader.open().card(post).locator("a[data-large]").click()
    reader.page.wait_for_url(f"**{post.image.url}")
