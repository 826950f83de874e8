"""Take the pictures of the README from a running site: `make pictures` after `make run`."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
SIZES = {"": (1280, 900), "-phone": (390, 844)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def take(browser: Browser, url: str, password: str) -> None:
    """One picture per size and theme of the feed signed out, and of the feed signed in."""
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.goto(url)
            page.screenshot(path=HERE / f"feed{size}-{theme}.png")
            page.goto(f"{url}/accounts/login/")
            page.fill("[name=login]", "demo")
            page.fill("[name=password]", password)
            page.click("main button[type=submit]")
            page.wait_for_url(f"{url}/")
            page.screenshot(path=HERE / f"signed-in{size}-{theme}.png")
            page.context.close()


def main() -> None:
    url = sys.argv[1].rstrip("/")
    password = os.environ["DEMO_PASSWORD"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        take(browser, url, password)
        browser.close()


if __name__ == "__main__":
    main()
