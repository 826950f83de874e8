"""Light or dark: as the system is, until somebody chooses."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]


def test_the_button_goes_round(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    button = reader.page.locator("[data-theme-toggle]")
    root = reader.page.locator("html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = reader.page.evaluate(ground)
    expect(button).to_have_accessible_name("Light or dark: as your system")
    button.click()
    expect(root).to_have_attribute("data-theme", "light")
    assert reader.page.evaluate(ground) == light
    button.click()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(button).to_have_accessible_name("Light or dark: dark")
    assert reader.page.evaluate(ground) != light
    button.click()
    expect(root).not_to_have_attribute("data-theme", "dark")
    assert reader.page.evaluate(ground) == light


def test_the_choice_is_there_before_anything_is_drawn(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    reader.page.locator("[data-theme-toggle]").dblclick()
    # Were it only set by what is deferred, it would come after the body.
    reader.page.add_init_script(
        """new MutationObserver((_, observer) => {
          if (!document.body) return;
          window.themeAtBody = document.documentElement.dataset.theme;
          observer.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    reader.page.reload()
    assert reader.page.evaluate("window.themeAtBody") == "dark"


def test_it_holds_in_every_tab_and_for_the_browser_s_own_bars(visit: Visit) -> None:
    reader = visit(color_scheme="light").open()
    other = reader.tab()
    other.goto(reader.url)
    reader.page.locator("[data-theme-toggle]").dblclick()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    used = """[...document.querySelectorAll('meta[name=theme-color]')]
        .filter(meta => matchMedia(meta.media).matches).map(meta => meta.dataset.scheme)"""
    assert reader.page.evaluate(used) == ["dark"]
