"""What a person's browser makes of the site."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.factories import PostFactory
from tests.site import Site

pytestmark = pytest.mark.browser


def test_the_feed_shows_its_posts_with_its_style(serve: Callable[..., Site], page: Page) -> None:
    PostFactory(content="Seen in a browser.")
    site = serve(WEB_WORKERS="1")
    reply = page.goto(site.url)
    assert reply is not None
    assert reply.status == 200
    assert page.get_by_text("Seen in a browser.").is_visible()
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 0


def test_the_description_of_the_api_is_drawn(serve: Callable[..., Site], page: Page) -> None:
    site = serve(WEB_WORKERS="1")
    page.goto(f"{site.url}/api/docs/")
    page.get_by_text("/api/feed/").first.wait_for()
