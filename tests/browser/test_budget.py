"""Budget of the first page for a new reader on a slow connection."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from subprocess import run
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accounts import picture
from tests.browser.ways import PHONE, WIDE
from tests.conftest import database_url
from tests.factories import PostFactory
from tests.processes import temporary_directory
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

MAX_BYTES, MAX_REQUESTS = 60_000, 10
# A slow mobile network, so that layout shifts before scripts and fonts load are detected.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(shift => [
  shift.value, ...shift.sources.map(source => source.node?.parentElement?.outerHTML.slice(0, 200)),
]))).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def deployed(django_db_setup: None) -> Iterator[Site]:
    """The site with collected and compressed static files, as `make run` serves it."""
    env = {
        "DJANGO_SETTINGS_MODULE": "tests.deployed",
        "TEST_STATIC_ROOT": str(temporary_directory("static")),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    # Files that the page does not use; compressing them would take most of the time.
    collect += ["--ignore=admin", "--ignore=drf_spectacular*", "--ignore=rest_framework"]
    run(collect, env={**os.environ, **env}, check=True)
    site = Site(DATABASE_URL=database_url(), WEB_WORKERS="1", LOG_LEVEL="ERROR", **env)
    site.start()
    yield site
    site.close()


@dataclass
class FirstVisit:
    """Requests of a page load with their sizes in bytes, and console messages and errors."""

    sizes: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    _urls: dict[str, str] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        network = page.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._begin)
        network.on("Network.loadingFinished", self._end)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", SLOW)

    def _begin(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["request"]["url"]

    def _end(self, event: dict[str, Any]) -> None:
        self.sizes[self._urls[event["requestId"]]] = event["encodedDataLength"]


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_first_page_is_small_without_layout_shifts_or_errors(
    browser: Browser, deployed: Site, transactional_db: None, width: int
) -> None:
    call_command("seed_demo", posts=60)
    post = PostFactory.create(image_alt="A pier", image_width=400, image_height=300)
    post.image.save(f"{post.pk:032x}.webp", ContentFile(picture()))
    other = PostFactory.create(image_alt="A heron", image_width=400, image_height=300)
    other.image.save(f"{other.pk:032x}.webp", ContentFile(picture()))
    visit = FirstVisit()
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(SHIFTS)
        visit.watch(page)
        page.goto(deployed.url, wait_until="networkidle")
        for image in page.locator("img.picture").all()[:2]:
            expect(image).to_have_js_property("naturalWidth", 400)
        shifts = page.evaluate("shifts")
        linked = page.locator("link[rel=icon], link[rel=manifest]")
        # A headless browser does not request these.
        for url in linked.evaluate_all("links => links.map(link => link.href)"):
            if url not in visit.sizes and not url.startswith("data:"):
                visit.sizes[url] = len(page.request.get(url).body())
    ours = {u: n for u, n in visit.sizes.items() if deployed.url in u and "/media/" not in u}
    assert len(ours) <= MAX_REQUESTS, ours
    assert sum(ours.values()) <= MAX_BYTES, ours
    assert shifts == []
    assert visit.messages == []
