"""Readers with browsers, before one server that all tests of this folder share."""

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

# A machine full of tests is busy.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def shared_site(django_db_setup: None) -> Iterator[Site]:
    site = Site(DATABASE_URL=database_url(), WEB_WORKERS="1", LOG_LEVEL="ERROR")
    site.start()
    yield site
    site.close()


@pytest.fixture
def site(shared_site: Site, transactional_db: None) -> Site:
    """The site on the test database. Each test begins with empty tables and an empty Redis."""
    return shared_site


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """`visit(user)`: a browser of theirs, or of somebody who is signed out; options: the context's.

    An error in the console of any of them fails the test.
    """
    readers: list[Reader] = []
    with ExitStack() as stack:

        def come(user: User | None = None, **options: Any) -> Reader:
            context = stack.enter_context(browser.new_context(**options))
            if user is not None:
                context.add_cookies([session_cookie(user, site)])
            reader = Reader(context, site.url)
            readers.append(reader)
            return reader

        yield come
    assert not [error for reader in readers for error in reader.errors]


def session_cookie(user: User, site: Site) -> Any:
    """The cookie of who has just signed in."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": site.url}
