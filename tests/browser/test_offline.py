"""Without a network the page says so, and with one again it goes on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_it_is_said_and_taken_back(visit: Visit) -> None:
    reader = visit().open()
    banner = reader.page.locator("#offline")
    expect(banner).to_be_hidden()
    reader.context.set_offline(True)
    expect(banner).to_contain_text("You are offline.")
    reader.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(reader.toasts).to_contain_text("You are online again.")


def test_nothing_is_asked_meanwhile_and_news_come_at_once_afterwards(
    visit: Visit, wait_until: Callable[..., None]
) -> None:
    PostFactory.create()
    reader = visit()
    reader.page.clock.install()
    reader.open()
    reader.expect_error("favicon.svg")  # the browser asks for it when it likes
    reader.context.set_offline(True)
    wait_until(lambda: not reader.page.evaluate("navigator.onLine"))
    reader.page.clock.run_for(60_000)  # a question would be an error in the console
    assert reader.errors == []
    # The page may hear of the network before that is there for it.
    reader.expect_error("ERR_INTERNET_DISCONNECTED")
    PostFactory.create()
    reader.context.set_offline(False)
    expect(reader.news).to_have_text("1 new post")
