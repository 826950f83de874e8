"""Light or dark theme: the system's, until the reader chooses one."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

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
