"""Names after an @ are completed while they are typed: by keyboard, mouse and touch."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import PHONE, Way
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def people(page: Page) -> Locator:
    return page.get_by_role("listbox", name="People").get_by_role("option")


@pytest.fixture
def reader(visit: Visit, transactional_db: None) -> Reader:
    UserFactory.create(username="oisín", display_name="Oisín Byrne")
    UserFactory.create(username="oisa", display_name="Óissa")
    return visit(UserFactory.create(username="ada"))


def test_person_is_chosen_by_keyboard(reader: Reader) -> None:
    asked = reader.requests(lambda request: "/api/authors/" in request.url)
    loaded = reader.requests(lambda request: "mentions" in request.url)
    text, keyboard, offered = reader.open().text, reader.page.keyboard, people(reader.page)
    text.press_sequentially("me")
    assert loaded == []
    text.fill("Thanks, ")
    text.press_sequentially("@OIS")
    expect(offered).to_have_text([re.compile("@oisa"), re.compile("@oisín")])
    expect(text).to_have_attribute("aria-haspopup", "listbox")
    expect(text).to_have_attribute("aria-controls", "people")
    expect(text).to_have_attribute("aria-activedescendant", "person-0")
    keyboard.press("ArrowDown")
    expect(text).to_have_attribute("aria-activedescendant", "person-1")
    expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    keyboard.press("ArrowDown")  # around
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    expect(text).to_have_value("Thanks, @oisín ")
    expect(text).not_to_have_attribute("aria-activedescendant", "person-1")
    keyboard.type("and @oisa")  # known from the answer for fewer letters
    expect(offered).to_have_count(1)
    keyboard.press("Tab")
    expect(text).to_have_value("Thanks, @oisín and @oisa ")
    expect(text).to_be_focused()
    keyboard.press("ControlOrMeta+z")
    expect(text).to_have_value("Thanks, @oisín and @oisa")
    beginnings = {request.url.partition("q=")[2] for request in asked}
    assert "ois" in beginnings
    assert beginnings <= {"o", "oi", "ois"}  # never what an answer for three letters tells
    assert "cookie" not in asked[0].all_headers()


def test_list_is_closed_and_not_offered_where_no_mention_is(reader: Reader) -> None:
    reader.open()
    text, keyboard, offered = reader.text, reader.page.keyboard, people(reader.page)
    text.press_sequentially("@ois")
    expect(offered).to_have_count(2)
    keyboard.press("Escape")
    expect(offered).to_have_count(0)
    keyboard.type("s")  # it stays closed for this mention
    expect(offered).to_have_count(0)
    for before in ("me@ois", "`@ois", "```\n@ois", "https://a.org/@ois", "@@ois", "@oisin @nobody"):
        text.fill(before)
        reader.page.evaluate("() => new Promise(done => setTimeout(done))")
        expect(offered).to_have_count(0)
    text.fill("`x` @ois")
    expect(offered).to_have_count(2)
    keyboard.press("ArrowLeft")
    keyboard.press("Home")
    expect(offered).to_have_count(0)
    text.fill("@ois")
    expect(offered).to_have_count(2)
    reader.page.locator("h1").click()
    expect(offered).to_have_count(0)
    text.fill("To @oisa")
    expect(offered).to_have_count(1)
    keyboard.press("ControlOrMeta+Enter")  # sends
    expect(reader.cards.first).to_contain_text("To @oisa")


def test_people_of_the_thread_come_first_and_are_chosen_by_touch(visit: Visit) -> None:
    post = PostFactory.create(author=UserFactory.create(username="oona", display_name="Oona"))
    writer = UserFactory.create(username="zed", display_name="Óg Zed")
    UserFactory.create(username="oaa")
    CommentFactory.create(post=post, author=writer)
    reader = visit(
        UserFactory.create(username="oneself"), **Way(scripted=True, width=PHONE).context
    )
    text, offered = reader.open(f"/posts/{post.pk}/").text, people(reader.page)
    text.tap()
    text.press_sequentially("@")
    expect(offered).to_have_text([re.compile("@zed"), re.compile("@oona")])
    text.press_sequentially("o")
    expect(offered).to_have_text([re.compile(f"@{name}") for name in ("zed", "oona", "oaa")])
    offered.nth(2).tap()
    expect(text).to_have_value("@oaa ")
    expect(text).to_be_focused()
    width = "document.documentElement.scrollWidth <= innerWidth"
    assert reader.page.evaluate(width)


def test_people_of_the_thread_are_offered_without_an_answer(visit: Visit) -> None:
    post = PostFactory.create(author=UserFactory.create(username="oona"))
    reader = visit(UserFactory.create())
    reader.expect_error("429")
    reader.page.route("**/api/authors/**", lambda route: route.fulfill(status=429))
    reader.open(f"/posts/{post.pk}/").text.press_sequentially("@oo")
    expect(people(reader.page)).to_have_text([re.compile("@oona")])
