"""Life of an account: sign-up, sign-in, password reset, profile, deletion."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from posts.models import Post, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import Way, bounds
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

PASSWORD = "correct horse battery"


def sign_in(reader: Reader, name: str, password: str = PASSWORD) -> None:
    reader.open("/accounts/login/")
    reader.page.get_by_label("Username or email address").fill(name)
    reader.page.get_by_label("Password").fill(password)
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()


def menu(reader: Reader, choice: str) -> None:
    """Click an entry of the account's menu."""
    reader.page.get_by_role("button", name="Menu of").click()
    reader.page.locator("#menu").get_by_text(choice, exact=True).click()


@bounds
def test_sign_up_sign_out_and_sign_in(visit: Visit, way: Way) -> None:
    reader = visit(**way.context).open("/accounts/login/")
    reader.page.get_by_role("main").get_by_role("link", name="Sign up").click()
    reader.page.get_by_label("Username").fill("grace")
    reader.page.get_by_label("Email").fill("grace@example.org")
    reader.page.get_by_label("Password", exact=True).fill(PASSWORD)
    reader.page.get_by_label("The password again").fill(PASSWORD)
    if way.scripted:
        shown = reader.page.locator("[name=password1]")
        reader.page.get_by_role("button", name="Show").first.click()
        expect(shown).to_have_attribute("type", "text")
        expect(shown).to_be_focused()
        reader.page.get_by_role("button", name="Hide").click()
        expect(shown).to_have_attribute("type", "password")
    reader.page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(reader.page.get_by_role("heading", name="Welcome, @grace")).to_be_visible()
    reader.page.get_by_role("link", name="Read what others write").click()
    expect(reader.page.get_by_role("button", name="Menu of grace")).to_be_visible()
    expect(reader.text).to_be_visible()
    menu(reader, "Sign out")
    expect(reader.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    sign_in(reader, "grace")
    expect(reader.page.get_by_role("button", name="Menu of grace")).to_be_visible()


@bounds
def test_wrong_password_is_reported_and_the_name_is_kept(visit: Visit, way: Way) -> None:
    UserFactory.create(username="ada")
    reader = visit(**way.context)
    sign_in(reader, "ada", "wrong")
    expect(reader.page.get_by_role("alert")).to_contain_text("not correct")
    expect(reader.page.get_by_label("Username or email address")).to_have_value("ada")


@bounds
def test_forgotten_password_is_reset_by_mail(
    visit: Visit, way: Way, site: Site, wait_until: Callable[..., None]
) -> None:
    UserFactory.create(username="ada", email="ada@example.org")
    before = len(site.log())
    reader = visit(**way.context).open("/accounts/login/")
    reader.page.get_by_role("link", name="Forgot your password?").click()
    reader.page.get_by_label("Email").fill("ada@example.org")
    reader.page.get_by_role("button", name="Send the link").click()
    expect(reader.page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    link = re.compile(r"http://\S+/password/reset/key/\S+")
    wait_until(lambda: link.search(site.log(), before))
    found = link.search(site.log(), before)
    assert found
    reader.page.goto(found[0])
    reader.page.get_by_label("New password", exact=True).fill("another battery staple")
    reader.page.get_by_label("The new password again").fill("another battery staple")
    reader.page.get_by_role("button", name="Set the password").click()
    expect(reader.page.get_by_role("heading", name="Your password is set")).to_be_visible()
    sign_in(reader, "ada", "another battery staple")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()


@bounds
def test_changed_profile_is_visible_everywhere_at_once(visit: Visit, way: Way) -> None:
    author = UserFactory.create(username="ada")
    post = PostFactory.create(author=author)
    visitor = visit().open()
    expect(visitor.card(post)).to_contain_text("ada")
    expect(visitor.card(post).locator("img.avatar")).to_have_count(0)
    reader = visit(author, **way.context).open()
    menu(reader, "Profile")
    reader.page.get_by_label("Name").fill("Ada Lovelace")
    reader.page.get_by_label("About you").fill("Numbers, and #looms.")
    reader.page.get_by_label("Picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture()}
    )
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.get_by_text("Your profile is saved.")).to_be_visible()
    visitor.open()
    expect(visitor.card(post).get_by_role("link", name="Ada Lovelace")).to_be_visible()
    avatar = visitor.card(post).locator("img.avatar")
    expect(avatar).to_have_js_property("naturalWidth", 256)
    visitor.card(post).get_by_role("link", name="Ada Lovelace").click()
    expect(visitor.page.locator(".bio")).to_have_text("Numbers, and #looms.")


def picture() -> bytes:
    data = BytesIO()
    Image.new("RGB", (400, 300), "teal").save(data, "PNG")
    return data.getvalue()


@bounds
def test_deleted_account_removes_its_content_at_once(visit: Visit, way: Way) -> None:
    author = UserFactory.create(username="ada")
    deleted, kept = PostFactory.create(author=author), PostFactory.create(content="Another's.")
    comment = CommentFactory.create(post=kept, author=author)
    visitor = visit().open()
    expect(visitor.cards).to_have_count(2)
    reader = visit(author, **way.context).open("/accounts/profile/")
    reader.page.get_by_role("link", name="Delete account").click()
    expect(reader.page.get_by_role("main")).to_contain_text("1 post, 1 comment")
    reader.page.get_by_role("button", name="Delete everything").click()
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Go on").click()
    expect(reader.page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    visitor.open()
    expect(visitor.cards).to_have_count(1)
    visitor.open(f"/posts/{kept.pk}/")
    expect(visitor.card(comment)).to_have_count(0)
    visitor.expect_error("404")
    for path in (f"/posts/{deleted.pk}/", "/authors/ada/"):
        expect(visitor.open(path).page.get_by_role("heading")).to_contain_text("page isn")
    assert not User.objects.filter(username="ada").exists()
    assert not Post.objects.filter(pk=deleted.pk).exists()
    sign_in(reader, "ada")
    expect(reader.page.get_by_role("alert")).to_contain_text("not correct")
