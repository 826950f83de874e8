"""Writing before the address is confirmed: the message, and what is kept."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from posts.models import Like, Post
from tests.browser.conftest import Visit
from tests.browser.test_accounts import sign_in
from tests.browser.ways import Way, bounds
from tests.factories import PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def confirming_site(serve: Callable[..., Site]) -> Site:
    return serve(CONFIRM_ADDRESSES="1", WEB_WORKERS="1")


@bounds
def test_unconfirmed_user_keeps_the_text_and_can_resend_the_mail(
    visit: Visit, way: Way, confirming_site: Site, wait_until: Callable[..., None]
) -> None:
    UserFactory.create(username="ada", email="ada@example.org")
    reader = visit(**way.context)
    reader.url = confirming_site.url
    reader.expect_error("Failed to load resource")
    sign_in(reader, "ada")
    reader.open("/posts/new/")
    expect(reader.page.get_by_text("Before you can write")).to_be_visible()
    reader.text.fill("Kept words.")
    reader.send.click()
    expect(reader.page.get_by_role("alert")).to_contain_text("Confirm your email address first")
    expect(reader.text).to_have_value("Kept words.")
    with reader.context.expect_page() as opened:
        reader.page.get_by_role("alert").get_by_role("link", name="Send it again").click()
    tab = opened.value
    tab.get_by_role("button", name="Send the message again").click()
    expect(tab.get_by_text("is on its way to ada@example.org")).to_be_visible()
    link = re.compile(r"http://\S+/confirm-email/\S+")
    wait_until(lambda: link.search(confirming_site.log()))
    found = link.search(confirming_site.log())
    assert found
    tab.goto(found[0])
    tab.get_by_role("button", name="Yes, confirm it").click()
    expect(tab.get_by_role("button", name="Menu of ada")).to_be_visible()
    reader.send.click()
    expect(reader.page.get_by_text("Your post is up.")).to_be_visible()
    assert Post.objects.get().content == "Kept words."


def test_like_of_an_unconfirmed_user_is_reverted_with_a_reason(
    visit: Visit, confirming_site: Site
) -> None:
    UserFactory.create(username="ada", email="ada@example.org")
    post = PostFactory.create()
    reader = visit()
    reader.url = confirming_site.url
    reader.expect_error("Failed to load resource")
    sign_in(reader, "ada")
    reader.card(post).locator("[data-like] button").click()
    expect(reader.toasts).to_contain_text("Confirm your email address first")
    assert not Like.objects.exists()
