"""The page without a network, and when the network is back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_offline_banner_appears_and_disappears(visit: Visit) -> None:
    reader = visit().open()
    banner = reader.page.locator("#offline")
    expect(banner).to_be_hidden()
    reader.context.set_offline(True)
    expect(banner).to_contain_text("You are offline.")
    reader.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(reader.toasts).to_contain_text("You are online again.")


def test_offline_page_does_not_poll_and_polls_at_once_when_online(
    visit: Visit, wait_until: Callable[..., None]
) -> None:
    PostFactory.create()
    reader = visit()
    reader.page.clock.install()
    reader.open()
    reader.expect_error("favicon.svg")  # the browser requests it at any time
    reader.context.set_offline(True)
    wait_until(lambda: not reader.page.evaluate("navigator.onLine"))
    reader.page.clock.run_for(60_000)  # a request would be an error in the console
    assert reader.errors == []
    # The `online` event may arrive before the network works.
    reader.expect_error("ERR_INTERNET_DISCONNECTED")
    PostFactory.create()
    reader.context.set_offline(False)
    expect(reader.news).to_have_text("1 new post")
