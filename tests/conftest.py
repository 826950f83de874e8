"""Fixtures for all tests: servers, the site, empty caches, waiting for a condition."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache as cached
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

import feed.cache
from feed import trends
from feed.pages import known_tags
from feed.viewers import known_viewers
from posts import limits
from tests import processes, servers
from tests.servers import RedisServer
from tests.site import Site
from tests.tables import Tables

TESTS = Path(__file__).parent
# No test promises that an example is fast, and a busy machine is slow.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
# Markers and fixtures of tests that TEST_EMBEDDED=1 leaves out.
LEFT_OUT = {"redis", "postgres", "image", "browser", "put_edge", "proof"}
# What is here runs on SQLite too if it uses the database. Nothing else differs with the database.
DATABASE_DIRECTORIES = [
    TESTS / "unit" / name for name in ("background", "demo", "feed", "freshcache", "posts")
]
PROOF_DIRECTORIES = [TESTS / "proofs", TESTS / "deploy"]
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences"}


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(item, "fixturenames", ())
    return names


@cached
def _directories(file: Path) -> frozenset[Path]:
    """Return the directories that contain this file. Kept, because all tests of a file ask."""
    return frozenset(file.parents)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Set the markers that follow from the directory and from what a test needs."""
    directories = _directories(item.path)
    if not directories.isdisjoint(PROOF_DIRECTORIES):
        item.add_marker("proof")
    if not directories.isdisjoint(DATABASE_DIRECTORIES) and (
        item.get_closest_marker("django_db") or DATABASE_FIXTURES & {*_fixtures(item)}
    ):
        item.add_marker("database")


def _order(item: pytest.Item) -> tuple[bool, bool, bool]:
    return (
        "browser" in _fixtures(item),
        item.get_closest_marker("image") is None,
        item.get_closest_marker("timeout") is None,
    )


@pytest.hookimpl(trylast=True)  # after they are shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a server in a run without servers, and put the items in order.

    The image comes first, because it takes longest, and then tests with a time-out of their own, so
    that no process waits for one at the end. Browsers come last: Playwright keeps an event loop in
    this thread, beside which Django's asynchronous methods can't be called.
    """
    items.sort(key=_order)
    if servers.EMBEDDED:
        left_out = [item for item in items if LEFT_OUT & {*item.keywords, *_fixtures(item)}]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Use a SQLite file, as in a deployment: a database in memory locks in another way."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"{name}.test"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database. What a test committed is deleted without Django's slow `flush`."""
    with django_db_blocker.unblock():
        tables = Tables()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: tables.empty())
        yield


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """Remove what the test before cached, counted or broke."""
    # The threads of the old cache would send metrics and begin a generation in this test.
    last = feed.cache.feed_cache()
    last.metrics._send, last.breaker._probe = None, lambda: None
    if (redis_client := servers.redis_client()) is not None:
        redis_client.flushall()
    # With the breaker of the last test's cache open, the backend would clear Redis only later, in
    # the middle of this test. So it clears by a new cache, which this test does not use either.
    feed.cache.reset()
    cache.clear()
    feed.cache.reset()
    known_viewers().forget()
    trends.reset()
    known_tags.clear()
    limits.reset()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, timeout=10.0)`: return once it holds, fail after `timeout` seconds."""
    return processes.wait_until


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running Redis for this test alone."""
    with ExitStack() as stack:
        server = RedisServer()
        stack.callback(server.kill)
        server.start()
        yield server


@pytest.fixture
def serve(transactional_db: None) -> Iterator[Callable[..., Site]]:
    """`serve(WEB_WORKERS="3", …)`: start the site on the test database; it answers on return.

    The site sees the rows of the test, because a test with `transactional_db` commits them.
    """
    with ExitStack() as stack:

        def start(**env: str) -> Site:
            site = Site(**{"DATABASE_URL": database_url(), **env})
            stack.callback(site.close)
            site.start()
            return site

        yield start


@pytest.fixture(scope="module")
def _kept_sites(django_db_setup: None) -> Iterator[Callable[..., Site]]:
    with ExitStack() as stack:

        @cached
        def start(name: str, **env: str) -> Site:
            site = Site(**{"DATABASE_URL": database_url(), **env})
            stack.callback(site.close)
            site.start()
            return site

        yield start


@pytest.fixture
def keep_serving(_kept_sites: Callable[..., Site], transactional_db: None) -> Callable[..., Site]:
    """`keep_serving("name", WEB_WORKERS="1", …)`: like `serve`, but the site serves all tests of
    the file that give the same name and variables, because a start takes two seconds of CPU.

    For tests that neither stop the site nor change how it works. In the first 50 ms it may serve
    pages that the test before has read (`TRUST_SECONDS`); then it sees that Redis is empty.
    """
    return _kept_sites


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium. If it is not installed, CI fails and other runs skip the test."""
    # The shell is Chromium without its own windows and menus, and needs half of the CPU time.
    binary = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if binary is None:
        assert not os.environ.get("CI"), "Chromium is not installed."
        pytest.skip("Chromium is not installed.")
    # Playwright keeps an event loop in this thread, so Django would refuse database calls.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binary, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a new profile. An error in its console fails the test."""
    errors: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert not errors


def database_url() -> str:
    """Return the URL of the test database, for DATABASE_URL."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"postgres://feed@/{name}?host={os.environ[servers.POSTGRES_DIRECTORY]}"


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """An empty MEDIA_ROOT for this test alone."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
