"""One press is one post, and when it fails nothing is lost and the reason is said."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from posts import limits
from posts.models import Post, Report, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def user(transactional_db: None) -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def writer(visit: Visit, user: User) -> Reader:
    """Somebody with a text ready to be sent."""
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


def test_it_appears_on_top_without_a_new_page(writer: Reader) -> None:
    writer.page.evaluate("window.same = true")
    writer.send.click()
    expect(writer.cards).to_have_count(2)
    expect(writer.cards.first).to_contain_text("What I have to say.")
    expect(writer.cards.first).to_be_focused()
    expect(writer.toasts).to_contain_text("Your post is up.")
    expect(writer.text).to_have_value("")
    assert writer.page.evaluate("window.same")


def test_control_and_enter_send_it(writer: Reader) -> None:
    writer.text.press("Control+Enter")
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_from_the_page_for_it_one_comes_to_the_feed(visit: Visit, user: User) -> None:
    writer = visit(user).open("/posts/new/")
    writer.text.fill("From the page for it.")
    writer.send.click()
    writer.page.wait_for_url(writer.url + "/")
    expect(writer.cards.first).to_contain_text("From the page for it.")
    expect(writer.toasts).to_contain_text("Your post is up.")
    writer.page.reload()
    expect(writer.toasts).to_be_empty()  # said once


def test_a_double_click_sends_once(writer: Reader) -> None:
    with writer.held("**/posts/new/") as sent:
        writer.send.dblclick()
        writer.text.press("Control+Enter")
        expect(writer.send).to_have_text("Sending…")
    expect(writer.cards).to_have_count(2)
    assert len(sent) == 1
    assert Post.objects.filter(content="What I have to say.").count() == 1


def test_a_slow_network_shows_that_it_is_under_way(writer: Reader) -> None:
    with writer.held("**/posts/new/"):
        writer.send.click()
        expect(writer.send).to_have_text("Sending…")
        expect(writer.send).to_have_attribute("aria-disabled", "true")
        expect(writer.send).to_be_focused()
        expect(writer.text).to_have_value("What I have to say.")
    expect(writer.cards).to_have_count(2)
    expect(writer.send).to_have_text("Post")


def test_offline_it_is_said_and_goes_when_one_is_back(writer: Reader) -> None:
    writer.expect_error("ERR_INTERNET_DISCONNECTED")
    writer.context.set_offline(True)
    writer.send.click()
    expect(writer.toasts).to_contain_text("You are offline; nothing was sent.")
    expect(writer.text).to_have_value("What I have to say.")
    writer.context.set_offline(False)
    writer.send.click()
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_a_connection_that_breaks_is_told_from_that(writer: Reader) -> None:
    writer.expect_error("ERR_CONNECTION_RESET")
    writer.page.route("**/posts/new/", lambda route: route.abort("connectionreset"))
    writer.send.click()
    expect(writer.toasts).to_contain_text("No answer came.")
    expect_kept(writer)


def test_trouble_on_the_server_loses_nothing(writer: Reader) -> None:
    writer.expect_error("503")
    writer.page.route("**/posts/new/", lambda route: route.fulfill(status=503))
    writer.send.click()
    expect(writer.toasts).to_contain_text("The site has trouble.")
    expect_kept(writer)


def test_too_many_are_told_how_long_to_wait(writer: Reader, user: User) -> None:
    writer.expect_error("429")
    limits.count([limits.use("writes", account=user, cost=120, refuses=False)])
    writer.send.click()
    expect(writer.toasts).to_contain_text("Nothing is lost: wait ")
    expect(writer.toasts).to_contain_text(" seconds, then send it again.")
    expect_kept(writer)


def test_signed_out_meanwhile_one_signs_in_beside_it_and_sends_again(
    writer: Reader, user: User
) -> None:
    writer.expect_error("403")  # the second try begins with the token of before
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


def test_what_the_server_finds_wrong_is_said_beside_it(writer: Reader) -> None:
    writer.expect_error("422")
    picture = writer.page.locator("input[name=image]")
    picture.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
    writer.send.click()
    error = writer.page.locator("[data-compose] .field:has(input[name=image]) ul.errorlist")
    expect(error).to_contain_text("can’t be read as an image")  # noqa: RUF001 -- as it is said
    expect(picture).to_be_focused()
    expect(writer.text).to_have_value("What I have to say.")
    picture.set_input_files([])
    writer.send.click()
    expect(error).to_have_count(0)
    expect(writer.cards.first).to_contain_text("What I have to say.")


def test_other_forms_are_sent_once_too(visit: Visit, user: User) -> None:
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
