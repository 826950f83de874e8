"""After a write by any path, every page shows what the database holds; after a roll-back, nothing.

Writes that bypass the models have separate rows: the TTL bounds their staleness.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from feed import cache
from feed.cache import feed_cache
from feed.viewers import known_viewers
from tests.unit.feed.door import Answer, Door
from tests.unit.feed.writes import (
    HARMLESS,
    NOT_COVERED,
    TO_AUTHORS,
    TO_COUNTS,
    TO_POSTS,
    TO_SESSIONS,
    World,
)
from tests.unit.feed.writes.pages import (
    Pages,
    in_database,
    on_the_site,
    shows_what_is_in_database,
)

# They read the same pages 16 times each, and cover nothing that the tests of the pages don't.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.no_cover]

WRITES = TO_POSTS | TO_AUTHORS | TO_COUNTS


class Undo(Exception):  # noqa: N818 -- what it says
    """Raised to roll back a transaction."""


def autocommit(write: Callable[[], object]) -> None:
    write()


def nested(write: Callable[[], object]) -> None:
    """Write in a savepoint of a transaction, so that two blocks end before the commit."""
    with transaction.atomic(), transaction.atomic():
        write()


each_mode = pytest.mark.parametrize("commit", [autocommit, nested], ids=lambda mode: mode.__name__)


def rolled_back(write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)


def savepoint_rolled_back(write: Callable[[], object]) -> None:
    with transaction.atomic(), suppress(Undo):
        rolled_back_by(Undo, write)


def rolled_back_by(undo: type[Undo], write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()
        raise undo


def elsewhere(read: Callable[[], Pages]) -> Pages:
    """Do the same on another database connection, which sees only committed rows."""
    pages: Pages = {}

    def run() -> None:
        try:
            pages.update(read())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return pages


@pytest.fixture
def world(tmp_path: Path, settings: Settings) -> World:
    """Every page of it is in the cache. Counts follow in a hundredth of the time, to save it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FEED = {
        **settings.FEED,
        "COUNTS_REFRESH_SECONDS": 0.01,
        "COUNTS_STALE_SECONDS": 0.015,
        "TRUST_SECONDS": 0.005,
    }
    cache.reset()
    return World.make(tmp_path)


def assert_shown(name: str, before: Pages, wait_until: Callable[..., None]) -> None:
    """Fail unless each page shows what this write has changed."""
    if name in TO_COUNTS:
        wait_until(shows_what_is_in_database, 1.5)
    after = in_database()
    assert on_the_site(after) == after
    assert after != before, "the write changed nothing that is shown"


@pytest.mark.parametrize("name", WRITES)
def test_every_page_shows_this_write_but_none_that_is_rolled_back(
    name: str, world: World, wait_until: Callable[..., None]
) -> None:
    before = in_database()
    assert on_the_site(before) == before
    generation = feed_cache().generations.current(feed_cache().clock())
    for undone in (rolled_back, savepoint_rolled_back):
        copy = world.copy()
        undone(lambda: WRITES[name](copy))  # noqa: B023 -- it is called right here
    assert in_database() == before
    assert on_the_site(before) == before
    after = feed_cache().generations.current(feed_cache().clock())
    assert (after.number, after.counts_version) == (generation.number, generation.counts_version)
    WRITES[name](world)
    assert_shown(name, before, wait_until)


@pytest.mark.proof
@pytest.mark.parametrize("name", WRITES)
def test_pages_show_this_write_of_a_transaction_only_after_its_commit(
    name: str, world: World, wait_until: Callable[..., None]
) -> None:
    before = in_database()
    assert on_the_site(before) == before
    during: Pages = {}

    def write() -> None:
        WRITES[name](world)
        feed_cache().invalidate("so that a reader loads the pages right now")
        during.update(elsewhere(lambda: on_the_site(before)))

    nested(write)
    assert during == before
    assert_shown(name, before, wait_until)


def test_every_page_shows_the_database_after_flush(world: World) -> None:
    before = in_database()
    assert on_the_site(before) == before
    call_command("flush", interactive=False, verbosity=0)
    after = in_database()
    assert on_the_site(before)["/"] == after["/"] != before["/"]


def test_worker_sees_its_own_writes_while_it_trusts_a_generation(
    world: World, settings: Settings
) -> None:
    settings.FEED = {**settings.FEED, "TRUST_SECONDS": 1.0}
    cache.reset()
    for number in range(5):
        post = world.ada.posts.create(content=f"{number}")
        assert shows_what_is_in_database()
        post.delete()
        assert shows_what_is_in_database()


@pytest.mark.parametrize("name", HARMLESS)
def test_write_that_no_page_shows_changes_no_page(name: str, world: World) -> None:
    before = in_database()
    assert on_the_site(before) == before
    HARMLESS[name](world)
    after = in_database()
    assert on_the_site(after) == after
    # A new account has an empty page, and nothing else changes.
    empty = [("author", "", "0", "0", "")]
    assert {path: shown for path, shown in after.items() if shown != empty} == before


@pytest.mark.parametrize("name", NOT_COVERED)
def test_uncovered_write_is_visible_after_the_ttl(
    name: str, world: World, settings: Settings, wait_until: Callable[..., None]
) -> None:
    kinds = settings.FEED["TTL_SECONDS"]
    settings.FEED = {**settings.FEED, "TTL_SECONDS": dict.fromkeys(kinds, 2.0)}
    cache.reset()
    # The feed is read last, so that its TTL has hardly begun, however long the others take.
    before = on_the_site(dict(reversed(in_database().items())))
    NOT_COVERED[name](world)
    assert on_the_site({"/": before["/"]})["/"] == before["/"] != in_database()["/"]
    wait_until(shows_what_is_in_database, 2.5)


def signed_in_pages(client: Client, world: World) -> dict[str, bool]:
    """Return for each page whether it shows Ada to a client that has only this cookie."""
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    found = ("/authors/bob/", "/authors/bob/comments/", "/tags/tag/", "/search/?q=word")
    paths = ("/", "/explore/", *found, f"/posts/{world.other.pk}/")
    return {path: b'data-viewer="ada"' in copied.get(path).content for path in paths}


def page_of_the_door(door: Door, client: Client) -> Answer:
    """Return the feed as the doors before Django show it to a client that has only this cookie."""
    session = client.cookies["sessionid"].value
    return door.get("/", Cookie=f"sessionid={session}; csrftoken={'a' * 32}")


@pytest.fixture
def ada_s(world: World) -> Client:
    """Ada's browser, which has just read every page."""
    client = Client()
    client.force_login(world.ada)
    assert all(signed_in_pages(client, world).values())
    return client


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, ada_s: Client) -> Door:
    """A door that knows Ada, and answers her before Django."""
    monkeypatch.setattr(known_viewers(), "_clock", lambda: 0.0)
    known_viewers().forget()
    door = Door()
    feed_cache().self_check.due_at = float("inf")
    assert [page_of_the_door(door, ada_s).by_django for _ in range(3)][-1] is False
    return door


@each_mode
@pytest.mark.parametrize("name", TO_SESSIONS)
def test_copied_cookie_is_signed_out_after_this_end_of_the_session(
    name: str,
    commit: Callable[[Callable[[], object]], None],
    world: World,
    ada_s: Client,
    door: Door,
) -> None:
    copied = Client()
    copied.cookies["sessionid"] = ada_s.cookies["sessionid"].value
    commit(lambda: TO_SESSIONS[name](world, ada_s))
    assert b'data-viewer="ada"' not in page_of_the_door(door, copied).body
    assert not any(signed_in_pages(copied, world).values())


@pytest.mark.parametrize("name", TO_SESSIONS)
def test_rolled_back_end_keeps_the_session(name: str, world: World, ada_s: Client) -> None:
    copied = Client()
    copied.cookies["sessionid"] = ada_s.cookies["sessionid"].value
    for undone in (rolled_back, savepoint_rolled_back):
        copy = world.copy()
        undone(lambda: TO_SESSIONS[name](copy, ada_s))  # noqa: B023 -- it is called right here
        assert all(signed_in_pages(copied, world).values())
