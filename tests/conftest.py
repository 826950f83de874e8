"""Fixtures that every test may use: servers, the site, clean caches, waiting for a condition."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
import redis
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings

import feed.cache
from feed.pages import known_tags
from feed.views import viewers
from posts import limits
from tests import processes, servers
from tests.servers import RedisServer
from tests.site import Site

PROOFS = Path(__file__).parent / "proofs"
# A machine full of tests is slow at times, and no test is about that.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
# Markers and fixtures of tests that the embedded run leaves out.
LEFT_OUT = {"redis", "postgres", "image", "browser", "put_edge", "proof", "once"}


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(item, "fixturenames", ())
    return names


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test in `tests/proofs` as a proof."""
    if PROOFS in item.path.parents:
        item.add_marker("proof")


@pytest.hookimpl(trylast=True)  # after they are shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The embedded run has no servers, so the tests that need one are not part of it; nor are those
    for which another database makes no difference: of a browser, of nginx, of the image.

    Browsers come last: Playwright keeps an event loop in this thread, beside which Django's
    asynchronous methods can't be called.
    """
    items.sort(key=lambda item: "browser" in _fixtures(item))
    if servers.EMBEDDED:
        needy = [item for item in items if LEFT_OUT & {*item.keywords, *_fixtures(item)}]
        config.hook.pytest_deselected(items=needy)
        items[:] = [item for item in items if item not in needy]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as it is deployed, where one in memory would lock in another way."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"{name}.test"


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """No test sees what another one cached, counted or broke."""
    # Their threads would send what was counted, and begin a generation, in the next test.
    last = feed.cache.feed_cache()
    last.metrics._send, last.breaker._probe = None, lambda: None
    if url := os.environ.get("REDIS_URL"):
        with redis.Redis.from_url(url, protocol=2) as client:
            client.flushall()
    cache.clear()
    feed.cache.reset()
    viewers.forget()
    known_tags.clear()
    limits.reset()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, timeout=10.0)`: return once it holds, fail when it never does."""
    return processes.wait_until


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test's own, which answers already."""
    with ExitStack() as stack:
        server = RedisServer()
        stack.callback(server.kill)
        server.start()
        yield server


@pytest.fixture
def serve(transactional_db: None) -> Iterator[Callable[..., Site]]:
    """`serve(WEB_WORKERS="3", …)`: the site on the test database, already answering.

    The test's own rows are there, for a test with `transactional_db` commits what it writes.
    """
    with ExitStack() as stack:

        def start(**env: str) -> Site:
            site = Site(**{"DATABASE_URL": database_url(), **env})
            stack.callback(site.close)
            site.start()
            return site

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. Where there is none, CI fails and a person's run skips."""
    if not (binary := shutil.which("chromium")):
        assert not os.environ.get("CI"), "Chromium is not installed."
        pytest.skip("Chromium is not installed.")
    # Playwright keeps an event loop in this thread, where Django would see one of its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binary, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile's page, which fails its test by an error in the console."""
    errors: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert not errors


def database_url() -> str:
    """The test database, as the environment names it."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"postgres://feed@/{name}?host={os.environ[servers.POSTGRES_DIRECTORY]}"


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """An empty MEDIA_ROOT of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
