"""Preferences: kept on the device, and in the account if there is one."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client

from posts import preferences
from posts.models import User
from posts.models.users import PREFERENCES_MAX_LENGTH
from posts.preferences import Preferences
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.conftest import COUNTS, SignalRecorder
from tests.unit.posts.test_views import page, signed_in

PAGE, CSS = "/accounts/preferences/", "/preferences.css"
ALL = {
    "theme": "dark",
    "motion": "less",
    "text": "large",
    "links": "underlined",
    "zone": "America/New_York",
}
STYLE = Path(settings.BASE_DIR, "feed/static/feed/style.css").read_text()

database = pytest.mark.django_db(transaction=True)


def kept(client: Client) -> Preferences:
    return Preferences.parse(unquote(client.cookies[preferences.COOKIE].value))


def css(client: Client) -> str:
    response: Any = client.get(CSS)
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "private" in response["Cache-Control"]
    return str(response.content.decode())


# --- The text ------------------------------------------------------------------------------------


def test_text_of_all_choices_is_read_back_and_fits_the_column() -> None:
    longest = max(preferences.zones(), key=len)
    chosen = Preferences(**{**ALL, "zone": longest}, saved=f"{2**63}-{10**13}")
    assert Preferences.parse(str(chosen)) == chosen
    assert len(str(chosen)) <= PREFERENCES_MAX_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "theme=purple",
        "zone=Etc/Nowhere",
        "zone=../../etc/passwd",
        "saved=1",
        "saved=1-x",
        "saved=-1-1",
        "unknown=1",
        "theme=dark;}body{display:none",
        "\x00",
        "&&==&",
        "theme",
    ],
)
def test_unknown_choice_is_left_out(text: str) -> None:
    assert Preferences.parse(text) == Preferences()


def test_style_sheet_has_the_same_rule_for_the_attribute_of_each_choice() -> None:
    for (name, value), rule in preferences.RULES.items():
        assert rule.replace(":root", f':root[data-{name}="{value}"]', 1) in STYLE


# --- The page ------------------------------------------------------------------------------------


@database
def test_signed_out_reader_keeps_preferences_on_the_device() -> None:
    client = Client()
    assert client.post(PAGE, ALL)["Location"] == PAGE
    assert kept(client) == Preferences(**ALL)
    text = page(client.get(PAGE))
    assert "Your preferences are saved." in text
    assert re.search(r'value="dark" id="id_theme_\d" checked', text)
    assert '<option value="America/New_York" selected>' in text
    assert "color-scheme: dark" in css(client)


@database
def test_preferences_of_an_account_follow_it_to_another_device() -> None:
    ada = UserFactory.create()
    here, there = signed_in(ada), signed_in(ada)
    assert 'data-preferences=""' in page(there.get("/"))
    here.post(PAGE, ALL)
    saved = kept(here)
    assert replace(saved, saved="") == Preferences(**ALL)
    # The cached page of the other device has them at once, so that its script takes them.
    assert f'data-preferences="{saved}"'.replace("&", "&amp;") in page(there.get("/"))
    assert "color-scheme: dark" in css(there)
    assert '<option value="America/New_York" selected>' in page(there.get(PAGE))


@database
def test_saved_preferences_are_announced_to_pages_of_viewers(recorder: SignalRecorder) -> None:
    ada = UserFactory.create()
    client = signed_in(ada)
    recorder.clear()
    client.post(PAGE, {"theme": "light"})
    assert recorder == [COUNTS]
    ada.refresh_from_db()
    recorder.clear()
    ada.save(update_fields=["preferences"])
    assert recorder == [COUNTS]


@database
def test_what_was_saved_last_applies() -> None:
    ada, ben = UserFactory.create(), UserFactory.create()
    client = signed_in(ada)
    client.post(PAGE, {"theme": "dark"})
    # A theme that the button of the page set on this device, after the account was saved.
    device = replace(kept(client), theme="light")
    client.cookies[preferences.COOKIE] = str(device)
    assert "color-scheme: light" in css(client)
    signed_in(ada).post(PAGE, {"text": "large"})
    assert "font-size" in css(client)
    # Another account on the same device has its own.
    User.objects.filter(pk=ben.pk).update(preferences=f"links=underlined&saved={ben.pk}-1")
    client.force_login(ben)
    assert "underline" in css(client)


@database
def test_wrong_choice_is_refused() -> None:
    client = Client()
    response = client.post(PAGE, {"theme": "purple"})
    assert response.status_code == 422
    assert preferences.COOKIE not in client.cookies


@database
def test_no_page_for_all_readers_depends_on_preferences() -> None:
    PostFactory.create()
    client = Client()
    before = client.get("/").content
    client.post(PAGE, ALL)
    client.get(PAGE)  # which shows the message
    after = client.get("/")
    assert after.content == before
    assert after["Cache-Control"].startswith("public")


@database
def test_chosen_day_ends_in_the_chosen_time_zone() -> None:
    client = Client()
    in_utc = client.get("/?date=2024-05-01")["Location"]
    client.post(PAGE, {"zone": "America/New_York"})
    assert (
        client.get("/?date=2024-05-01")["Location"]
        == Client().get("/?date=2024-05-01&offset=-240")["Location"]
    )
    # What a script says comes first.
    assert client.get("/?date=2024-05-01&offset=0")["Location"] == in_utc
