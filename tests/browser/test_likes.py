"""A like is shown at once, and reverted with a message if the server refuses it."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Locator, expect

from posts.models import Like, Post
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import LikeFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def post(transactional_db: None) -> Post:
    """A post that one other person likes."""
    post: Post = PostFactory.create()
    LikeFactory.create(post=post)
    return post


def like_of(reader: Reader, post: Post) -> Locator:
    return reader.card(post).locator("[data-like] button")


def expect_like(like: Locator, *, liked: bool, count: int) -> None:
    expect(like).to_have_attribute("aria-pressed", str(liked).lower())
    expect(like.locator("[data-count]")).to_have_text(str(count))


@pytest.mark.parametrize("scripted", [True, False])
def test_heart_invites_signed_out_readers_and_leads_back(
    visit: Visit, post: Post, scripted: bool
) -> None:
    UserFactory.create(username="ada")
    other = PostFactory.create()
    reader = visit(java_script_enabled=scripted).open()
    expect(reader.card(post).get_by_role("link", name="Like 1 like", exact=True)).to_be_visible()
    reader.card(other).get_by_role("link", name="Like", exact=True).click()
    if scripted:
        expect(reader.toasts).to_contain_text("Sign in to like a post.")
        expect(reader.toasts.get_by_role("link", name="Sign up")).to_be_visible()
        reader.toasts.get_by_role("link", name="Sign in").click()
    else:
        expect(reader.page.get_by_role("main")).to_contain_text("Sign in to like a post.")
    reader.page.get_by_label("Username or email address").fill("ada")
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    reader.page.wait_for_url(f"**/posts/{other.pk}/")
    expect(reader.page.get_by_role("button", name="Like", exact=True)).to_be_visible()


def test_like_is_shown_before_the_server_answers(visit: Visit, post: Post) -> None:
    reader = visit(UserFactory.create()).open()
    like = like_of(reader, post)
    with reader.page.expect_response("**/like/"), reader.held("**/like/"):
        like.click()
        expect_like(like, liked=True, count=2)
    expect_like(like, liked=True, count=2)
    assert post.likes.count() == 2
    expect(like).to_be_focused()


def test_count_of_the_server_is_shown_after_a_like(visit: Visit, post: Post) -> None:
    reader = visit(UserFactory.create()).open()
    LikeFactory.create(post=post)
    like_of(reader, post).click()
    expect_like(like_of(reader, post), liked=True, count=3)


def test_refused_like_is_reverted_with_a_message(visit: Visit, post: Post) -> None:
    reader = visit(UserFactory.create()).open()
    reader.expect_error("404")
    like = like_of(reader, post)
    Post.objects.all().delete()
    like.click()
    expect(reader.toasts).to_contain_text("That like did not arrive. It is no longer there.")
    expect_like(like, liked=False, count=1)


def test_last_of_several_clicks_on_like_counts(visit: Visit, post: Post) -> None:
    user = UserFactory.create()
    reader = visit(user).open()
    like = like_of(reader, post)
    with (
        reader.page.expect_request_finished(lambda request: request.method == "DELETE"),
        reader.held("**/like/") as sent,
    ):
        like.click()
        like.click(delay=600)  # no double click
        expect_like(like, liked=False, count=1)
        assert len(sent) == 1
    expect_like(like, liked=False, count=1)
    assert not Like.objects.filter(user=user).exists()


def test_double_click_is_one_like(visit: Visit, post: Post) -> None:
    user = UserFactory.create()
    reader = visit(user).open()
    with reader.page.expect_response("**/like/"):
        like_of(reader, post).dblclick()
    expect_like(like_of(reader, post), liked=True, count=2)
    assert Like.objects.filter(user=user).exists()


def test_like_after_sign_out_links_to_sign_in(visit: Visit, post: Post) -> None:
    reader = visit(UserFactory.create()).open()
    reader.expect_error("401")
    Session.objects.all().delete()
    like_of(reader, post).click()
    expect(reader.toasts).to_contain_text("You are signed out")
    expect_like(like_of(reader, post), liked=False, count=1)
    link = reader.toasts.get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", re.compile(r"/accounts/login/\?next=%2F$"))


def test_page_works_after_a_new_sign_in_in_another_tab(visit: Visit, post: Post) -> None:
    user = UserFactory.create()
    reader = visit(user).open()
    reader.expect_error("403")  # the first attempt, with the old CSRF token
    other = reader.tab()
    reader.context.clear_cookies()
    other.goto(f"{reader.url}/accounts/login/")
    other.get_by_label("Username").fill(user.username)
    other.get_by_label("Password", exact=True).fill("correct horse battery")
    other.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(other.locator("html")).to_have_attribute("data-viewer", user.username)
    like_of(reader, post).click()
    expect_like(like_of(reader, post), liked=True, count=2)
    expect(reader.toasts).to_be_empty()
