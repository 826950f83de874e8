"""Smoke tests: pages are rendered in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.factories import PostFactory
from tests.site import Site

pytestmark = pytest.mark.browser


def test_feed_shows_posts_and_loads_its_styles(serve: Callable[..., Site], page: Page) -> None:
    PostFactory(content="Seen in a browser.")
    site = serve(WEB_WORKERS="1")
    reply = page.goto(site.url)
    assert reply is not None
    assert reply.status == 200
    assert page.get_by_text("Seen in a browser.").is_visible()
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 0


def test_api_docs_page_is_rendered(serve: Callable[..., Site], page: Page) -> None:
    site = serve(WEB_WORKERS="1")
    page.goto(f"{site.url}/api/docs/")
    page.get_by_text("/api/feed/").first.wait_for()
