"""Fixtures for browser tests. All tests of this directory share one running site."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect

from posts.models import User
from tests.browser.reader import Reader
from tests.conftest import database_url
from tests.site import Site

Visit = Callable[..., Reader]

# Milliseconds. A machine that runs other tests is slow.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def shared_site(django_db_setup: None) -> Iterator[Site]:
    site = Site(
        DATABASE_URL=database_url(),
        WEB_WORKERS="1",
        LOG_LEVEL="ERROR",
    )
    site.start()
    yield site
    site.close()


@pytest.fixture
def site(shared_site: Site, transactional_db: None) -> Site:
    """The shared site. Each test begins with empty tables and an empty Redis."""
    return shared_site


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """`visit(user, **options)`: a reader in a new profile, signed in as `user` if it is given.

    `options` go to Playwright's `new_context`. An error in a console fails the test.
    """
    readers: list[Reader] = []
    with ExitStack() as stack:

        def open_profile(user: User | None = None, **options: Any) -> Reader:
            context = stack.enter_context(browser.new_context(**options))
            if user is not None:
                context.add_cookies([session_cookie(user, site)])
            reader = Reader(context, site.url)
            readers.append(reader)
            return reader

        yield open_profile
    assert not [error for reader in readers for error in reader.errors]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Measure no coverage. Most of what runs is in Chromium and in the site's process."""
    item.add_marker("no_cover")


def session_cookie(user: User, site: Site) -> Any:
    """Return the cookie of a new session of this user."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": site.url}
