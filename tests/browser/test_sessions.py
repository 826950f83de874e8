"""The page *Sessions and tokens*."""

import re

import pytest
from playwright.sync_api import expect

from posts.models import User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(transactional_db: None) -> User:
    user: User = UserFactory.create(username="ada", display_name="Ada L.")
    return user


def sign_in(reader: Reader) -> Reader:
    reader.open("/accounts/login/")
    reader.page.get_by_label("Username or email address").fill("ada")
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(reader.page.get_by_role("button", name="Menu of Ada L.")).to_be_visible()
    return reader


@pytest.mark.parametrize("scripted", [True, False])
def test_session_of_another_browser_can_be_ended(ada: User, visit: Visit, scripted: bool) -> None:
    forgotten = sign_in(visit(user_agent="Mozilla/5.0 (iPhone) Version/26.0 Safari/604.1"))
    here = sign_in(visit(java_script_enabled=scripted)).open("/accounts/profile/")
    here.page.get_by_role("link", name="Sessions").click()
    rows = here.page.get_by_role("main").get_by_role("listitem")
    expect(rows.filter(has_text="Safari on iPhone")).to_have_count(1)
    expect(rows.filter(has_text="this one")).to_contain_text("Chrome on Linux")

    here.page.get_by_role("button", name="End Safari on iPhone").click()

    expect(here.page.get_by_text("The session is ended.")).to_be_visible()
    expect(rows.filter(has_text="Safari on iPhone")).to_have_count(0)
    forgotten.open("/")
    expect(forgotten.page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_token_is_created_after_the_password_and_can_be_ended(ada: User, visit: Visit) -> None:
    reader = sign_in(visit()).open("/accounts/sessions/")
    reader.page.get_by_label("Name").fill("Garden pump")
    reader.page.get_by_role("button", name="Make it").click()
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Go on").click()
    expect(reader.page.get_by_text(re.compile("^[0-9a-f]{64}$"))).to_be_visible()

    reader.page.get_by_role("button", name="End Garden pump").click()

    expect(reader.page.get_by_text("The token is ended.")).to_be_visible()
    expect(reader.page.get_by_text("None. A program that writes")).to_be_visible()
