"""Preferences, and the theme: the system's, until the reader chooses one."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_theme_button_cycles_through_three_themes(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    button = reader.page.locator("[data-theme-toggle]")
    root = reader.page.locator("html")
    background = "getComputedStyle(document.body).backgroundColor"
    light = reader.page.evaluate(background)
    expect(button).to_have_accessible_name("Light or dark: as your system")
    button.click()
    expect(root).to_have_attribute("data-theme", "light")
    assert reader.page.evaluate(background) == light
    button.click()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(button).to_have_accessible_name("Light or dark: dark")
    assert reader.page.evaluate(background) != light
    button.click()
    expect(root).not_to_have_attribute("data-theme", "dark")
    assert reader.page.evaluate(background) == light


def test_theme_is_applied_before_the_first_paint(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    reader.page.locator("[data-theme-toggle]").dblclick()
    # A deferred script would set the theme after the body was parsed.
    reader.page.add_init_script(
        """new MutationObserver((_, observer) => {
          if (!document.body) return;
          window.themeAtBody = document.documentElement.dataset.theme;
          observer.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    reader.page.reload()
    assert reader.page.evaluate("window.themeAtBody") == "dark"


def test_theme_applies_to_all_tabs_and_to_the_browser_colour(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    other = reader.tab()
    other.goto(reader.url)
    reader.page.locator("[data-theme-toggle]").dblclick()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    used = """[...document.querySelectorAll('meta[name=theme-color]')]
        .filter(meta => matchMedia(meta.media).matches).map(meta => meta.dataset.scheme)"""
    assert reader.page.evaluate(used) == ["dark"]


def test_preferences_are_shown_at_once_and_follow_the_account(visit: Visit) -> None:
    user = UserFactory.create()
    here, there = visit(user, color_scheme="light"), visit(user, color_scheme="light")
    there.open()
    here.open("/accounts/preferences/")
    here.page.get_by_label("Dark", exact=True).check()
    here.page.get_by_label("Larger").check()
    root = here.page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_css("font-size", "19px")
    here.page.get_by_role("button", name="Save").click()
    expect(here.page.get_by_text("Your preferences are saved.")).to_be_visible()
    # Another device takes them with its next page, and then may have another theme.
    root = there.page.locator("html")
    there.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    there.page.locator("[data-theme-toggle]").click()
    expect(root).not_to_have_attribute("data-theme", "dark")
    there.page.reload()
    expect(root).to_have_attribute("data-text", "large")
    expect(root).not_to_have_attribute("data-theme", "dark")


def test_preferences_apply_without_a_script(visit: Visit) -> None:
    PostFactory.create()
    reader = visit(color_scheme="light", java_script_enabled=False).open("/accounts/preferences/")
    reader.page.get_by_label("Dark", exact=True).check()
    reader.page.get_by_label("No animations").check()
    reader.page.get_by_role("button", name="Save").click()
    reader.open()
    expect(reader.page.locator("html")).to_have_css("color-scheme", "dark")
    expect(reader.page.locator(".action").first).to_have_css("transition-duration", "0s")


def test_theme_of_an_earlier_release_is_kept(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    reader.page.evaluate("localStorage.setItem('theme', '\"dark\"')")
    reader.page.reload()
    expect(reader.page.locator("html")).to_have_attribute("data-theme", "dark")
    reader.page.reload()
    expect(reader.page.locator("html")).to_have_attribute("data-theme", "dark")
