"""Sending a post: once per click; a failure keeps the text and shows a reason."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from posts import limits
from posts.models import Post, Report, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.test_accounts import picture
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def user(transactional_db: None) -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def writer(visit: Visit, user: User) -> Reader:
    """A reader with a text in the form."""
    PostFactory.create()
    writer = visit(user).open()
    writer.text.fill("What I have to say.")
    return writer


def expect_kept(writer: Reader) -> None:
    expect(writer.text).to_have_value("What I have to say.")
    expect(writer.send).not_to_have_attribute("aria-disabled", "true")
    assert not Post.objects.filter(content="What I have to say.").exists()
    writer.page.reload()
    expect(writer.text).to_have_value("What I have to say.")


def test_sent_post_appears_at_the_top_without_a_reload(writer: Reader) -> None:
    writer.page.evaluate("window.same = true")
    writer.send.click()
    expect(writer.cards).to_have_count(2)
    expect(writer.cards.first).to_contain_text("What I have to say.")
    expect(writer.cards.first).to_be_focused()
    expect(writer.toasts).to_contain_text("Your post is up.")
    expect(writer.text).to_have_value("")
    assert writer.page.evaluate("window.same")


def test_image_takes_one_step_and_the_form_stays_in_view(writer: Reader) -> None:
    writer.page.set_viewport_size({"width": 1280, "height": 900})
    with writer.page.expect_file_chooser() as choosing:
        writer.page.get_by_text("Image", exact=True).click()
    expect(writer.page.get_by_label("What the image shows")).to_be_hidden()
    choosing.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(writer.page.locator("[data-preview]").first).to_be_visible()
    expect(writer.send).to_be_in_viewport(ratio=1)
    writer.send.click()
    expect(writer.cards).to_have_count(2)
    expect(writer.cards.first).to_be_focused()
    expect(writer.text).to_be_in_viewport(ratio=1)


def test_control_enter_sends_the_post(writer: Reader) -> None:
    writer.text.press("Control+Enter")
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_post_sent_from_the_new_post_page_leads_to_the_feed(visit: Visit, user: User) -> None:
    writer = visit(user).open("/posts/new/")
    writer.text.fill("From the page for it.")
    writer.send.click()
    writer.page.wait_for_url(writer.url + "/")
    expect(writer.cards.first).to_contain_text("From the page for it.")
    expect(writer.toasts).to_contain_text("Your post is up.")
    writer.page.reload()
    expect(writer.toasts).to_be_empty()  # the message is shown once


def test_double_click_sends_once(writer: Reader) -> None:
    with writer.held("**/posts/new/") as sent:
        writer.send.dblclick()
        writer.text.press("Control+Enter")
        expect(writer.send).to_have_text("Sending…")
    expect(writer.cards).to_have_count(2)
    assert len(sent) == 1
    assert Post.objects.filter(content="What I have to say.").count() == 1


def test_button_shows_progress_on_a_slow_network(writer: Reader) -> None:
    with writer.held("**/posts/new/"):
        writer.send.click()
        expect(writer.send).to_have_text("Sending…")
        expect(writer.send).to_have_attribute("aria-disabled", "true")
        expect(writer.send).to_be_focused()
        expect(writer.text).to_have_value("What I have to say.")
    expect(writer.cards).to_have_count(2)
    expect(writer.send).to_have_text("Post")


def test_post_sent_offline_is_reported_and_can_be_sent_online(writer: Reader) -> None:
    writer.expect_error("ERR_INTERNET_DISCONNECTED")
    writer.context.set_offline(True)
    writer.send.click()
    expect(writer.toasts).to_contain_text("You are offline; nothing was sent.")
    expect(writer.text).to_have_value("What I have to say.")
    writer.context.set_offline(False)
    writer.send.click()
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_lost_connection_has_a_different_message(writer: Reader) -> None:
    writer.expect_error("ERR_CONNECTION_RESET")
    writer.page.route("**/posts/new/", lambda route: route.abort("connectionreset"))
    writer.send.click()
    expect(writer.toasts).to_contain_text("No answer came.")
    expect_kept(writer)


def test_server_error_keeps_the_text(writer: Reader) -> None:
    writer.expect_error("503")
    writer.page.route("**/posts/new/", lambda route: route.fulfill(status=503))
    writer.send.click()
    expect(writer.toasts).to_contain_text("The site has trouble.")
    expect_kept(writer)


def test_rate_limit_shows_the_time_to_wait(writer: Reader, user: User) -> None:
    writer.expect_error("429")
    # So many that the wait lasts into the next minute, at each second of this one.
    limits.count([limits.use("writes", account=user, cost=12_000, refuses=False)])
    writer.send.click()
    expect(writer.toasts).to_contain_text(
        re.compile(r"Wait \d+ seconds, then try again\. What you wrote is kept\.")
    )
    expect_kept(writer)


def test_post_after_sign_out_can_be_sent_after_sign_in_in_another_tab(
    writer: Reader, user: User
) -> None:
    writer.expect_error("403")  # the second attempt starts with the old CSRF token
    Session.objects.all().delete()
    writer.send.click()
    expect(writer.toasts).to_contain_text("You are signed out")
    expect(writer.text).to_have_value("What I have to say.")
    with writer.context.expect_page() as opened:
        writer.toasts.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("Username").fill(user.username)
    other.get_by_label("Password", exact=True).fill("correct horse battery")
    other.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(other.locator("html")).to_have_attribute("data-viewer", user.username)
    writer.send.click()
    expect(writer.cards.first).to_contain_text("What I have to say.")
    assert Post.objects.filter(content="What I have to say.", author=user).count() == 1


def test_validation_error_is_shown_beside_its_field(writer: Reader) -> None:
    writer.expect_error("422")
    file_input = writer.page.locator("input[name=image]")
    file_input.set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"no file_input"}
    )
    writer.send.click()
    error = writer.page.locator("[data-compose] .field:has(input[name=image]) ul.errorlist")
    expect(error).to_contain_text("can’t be read as an image")  # noqa: RUF001 -- the exact text
    expect(file_input).to_be_focused()
    expect(writer.text).to_have_value("What I have to say.")
    file_input.set_input_files([])
    writer.send.click()
    expect(error).to_have_count(0)
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_other_forms_are_sent_once(visit: Visit, user: User) -> None:
    post = PostFactory.create()
    reader = visit(user).open(f"/posts/{post.pk}/report/")
    reader.page.get_by_role("radio").first.check()
    button = reader.page.get_by_role("main").get_by_role("button", name="Report")
    prevented = button.evaluate(
        """button => {
          const prevented = [];
          addEventListener("submit", event => prevented.push(event.defaultPrevented));
          button.click();
          button.click();
          return prevented;
        }"""
    )
    assert prevented == [False, True]
    reader.page.wait_for_url(lambda url: not url.endswith("/report/"))
    assert Report.objects.count() == 1
