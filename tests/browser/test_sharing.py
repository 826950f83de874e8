"""A link to a post, opened without an account, and its metadata for previews."""

import secrets
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from posts.models import Comment, Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.test_accounts import picture
from tests.browser.ways import Way, bounds
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres, bounds]


def preview(reader: Reader) -> dict[str, str]:
    """Return the metadata in the page's head."""
    found: dict[str, str] = reader.page.locator("head meta[content]").evaluate_all(
        "tags => Object.fromEntries(tags.map(tag => [tag.getAttribute('property') ?? tag.name,"
        " tag.content]))"
    )
    return found


def test_shared_post_is_public_and_has_preview_metadata(visit: Visit, way: Way) -> None:
    post: Post = PostFactory.create(
        author=UserFactory.create(username="ada", display_name="Ada L."),
        content="Seen from the pier.",
        image=ContentFile(picture(), name=f"{secrets.token_hex(16)}.webp"),
        image_alt="A heron",
        image_width=400,
        image_height=300,
    )
    comment: Comment = CommentFactory.create(post=post)
    reader = visit(**way.context).open(f"/posts/{post.pk}/")
    expect(reader.card(post)).to_contain_text("Seen from the pier.")
    expect(reader.card(comment)).to_contain_text(comment.content)
    image = reader.card(post).get_by_role("img", name="A heron")
    expect(image).to_have_js_property("naturalWidth", 400)
    metadata = preview(reader)
    assert "Ada L." in metadata["og:title"]
    assert metadata["og:description"] == "Seen from the pier."
    assert metadata["og:url"] == reader.page.url
    assert metadata["og:image"] == f"{reader.url}{post.image.url}"
    assert metadata["og:image:alt"] == "A heron"
    assert reader.page.request.get(metadata["og:image"]).headers["content-type"] == "image/webp"


def test_deleted_post_page_links_to_the_feed(
    visit: Visit, way: Way, site: Site, wait_until: Callable[..., None]
) -> None:
    post, other = PostFactory.create_batch(2)
    reader = visit(**way.context).open(f"/posts/{post.pk}/")
    expect(reader.card(post)).to_be_visible()
    path = f"/posts/{post.pk}/"
    post.delete()
    wait_until(lambda: site.get(path).status == 404)
    reader.expect_error("404")
    reader.open(path)
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("page isn")
    reader.page.get_by_role("link", name="To the latest posts").click()
    expect(reader.card(other)).to_be_visible()
