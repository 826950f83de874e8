"""After a write by any path, every page shows what the database holds; after a roll-back, nothing.

What goes around the models has rows of its own: it is bounded by the TTL.
"""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from feed import cache
from feed.cache import feed_cache
from posts.models import Comment, Like, Post, User
from posts.text import hashtags
from tests.feed.reading import counts, get, text
from tests.feed.writes import HARMLESS, NOT_COVERED, TO_AUTHORS, TO_COUNTS, TO_POSTS, World

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = TO_POSTS | TO_AUTHORS | TO_COUNTS

Shown = tuple[Any, ...]  # a post: id, content, author's names and picture, image, counts, ...
Pages = dict[str, list[Shown] | None]  # by path; None is a 404


class Undo(Exception):  # noqa: N818 -- what it says
    """Rolls back the transaction that it leaves."""


def autocommit(write: Callable[[], object]) -> None:
    write()


def atomic(write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()


def nested(write: Callable[[], object]) -> None:
    with transaction.atomic(), transaction.atomic():
        write()


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


def in_database() -> Pages:
    """What every page should show, asked of the tables in another way than the feed asks."""
    rows: list[Shown] = []
    posts = Post.objects.filter(author__is_active=True).select_related("author")
    for post in sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True):
        author = post.author
        rows.append(
            (
                post.pk,
                post.content,
                author.username,
                author.display_name or author.get_full_name() or author.username,
                f"/media/{author.picture.name}" if author.picture else "",
                f"/media/{post.image.name}" if post.image else post.image_url,
                post.image_alt,
                post.updated_at > post.created_at,
                Like.objects.filter(post_id=post.pk).count(),
                Comment.objects.filter(post_id=post.pk, author__is_active=True).count(),
            )
        )
    pages: Pages = {"/": rows, "/api/feed/": rows}
    pages["/tags/tag/"] = [row for row in rows if "tag" in hashtags(row[1])]
    pages["/search/?q=word"] = [row for row in rows if "word" in re.findall(r"\w+", row[1])]
    return pages | _of_people(rows) | _of_the_first_post(rows)


def _of_people(rows: list[Shown]) -> Pages:
    active = dict(User.objects.filter(is_active=True).values_list("username", "bio"))
    return {
        f"/authors/{who}/": [("bio", active[who]), *(row for row in rows if row[2] == who)]
        if who in active
        else None
        for who in {"ada", "dora", *active} - {"bob", "moderator"}
    }


def _of_the_first_post(rows: list[Shown]) -> Pages:
    post = Post.objects.order_by("pk").first()
    if post is None:
        return {}
    shown = [row for row in rows if row[0] == post.pk]
    seen = post.comments.filter(author__is_active=True).order_by("pk")
    there = {comment.pk for comment in seen}
    comments: list[Shown] = [
        (
            "comment",
            c.pk,
            c.content,
            c.author.username,
            c.reply_to_id if c.reply_to_id in there else None,
        )
        for c in seen
    ]
    page = [*shown, *comments] if shown else None
    return {f"/posts/{post.pk}/": page, f"/api/posts/{post.pk}/": shown or None}


def on_the_site(expected: Pages) -> Pages:
    """What these pages show to a reader who is not signed in."""
    pages: Pages = {}
    for path in expected:
        response = get(path)
        if response.status_code == 404:
            pages[path] = None
        elif path.startswith("/api/"):
            body = response.json()
            pages[path] = [_in_json(post) for post in body.get("posts", [body])]
        else:
            pages[path] = _in_page(path, text(response))
    return pages


def shows_what_is_in_database() -> bool:
    expected = in_database()
    return on_the_site(expected) == expected


def _in_json(post: dict[str, Any]) -> Shown:
    user = post["user"]
    fields = ("image_alt", "edited", "likes_count", "comments_count")
    return (
        int(post["id"]),
        post["content"],
        user["username"],
        user["display_name"],
        user["avatar_url"] or "",
        post["image_url"] or "",
        *(post[name] for name in fields),
    )


def _in_page(path: str, html: str) -> list[Shown]:
    before, *articles = html.split('<article class="post')
    posts = [_in_article(article) for article in articles]
    if path.startswith("/authors/"):
        return [("bio", _found(r'class="text bio"[^>]*>(.*?)</p>', before)), *posts]
    if path.startswith("/posts/"):
        return [*posts, *_comments(articles[0])]
    return posts


def _found(pattern: str, html: str) -> str:
    """The text there, without its links."""
    match = re.search(pattern, html, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", match[1])) if match else ""


def _in_article(article: str) -> Shown:
    return (
        int(_found(r'id="post-(\d+)"', article)),
        _found(r'<p class="text[^>]*>(.*?)</p>', article),
        _found(r'href="/authors/([^/]+)/"', article),
        _found(r'href="/authors/[^>]+>([^<]*)</a>', article),
        _found(r'<img class="avatar" src="([^"]*)"', article.split("</header>", maxsplit=1)[0]),
        _found(r'<img class="picture[^"]*" src="([^"]*)"', article),
        _found(r'<img class="picture[^>]* alt="([^"]*)"', article),
        ">edited<" in article,
        *counts(article),
    )


def _comments(html: str) -> list[Shown]:
    """In the order of their ids, each with the id of the one that it answers: below which it is, or
    to which it leads."""
    found: list[Shown] = []
    for thread in html.split('<div class="thread">')[1:]:
        first = None
        for comment in thread.split('<article class="comment"')[1:]:
            pk = int(_found(r'id="comment-(\d+)"', comment))
            link = _found(r'class="meta"><a href="[^"]*#comment-(\d+)"', comment)
            answered = int(link) if link else first
            author = _found(r'data-author="([^"]*)"', comment)
            content = _found(r'<p class="text[^>]*>(.*?)</p>', comment)
            found.append(("comment", pk, content, author, answered))
            first = first or pk
    return sorted(found, key=lambda comment: int(comment[1]))


def elsewhere(read: Callable[[], Pages]) -> Pages:
    """The same on a database connection of its own, which sees only what is committed."""
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


@pytest.mark.parametrize("commit", [autocommit, atomic, nested], ids=lambda mode: mode.__name__)
@pytest.mark.parametrize("name", WRITES)
def test_after_this_write_every_page_shows_what_the_database_holds(
    name: str,
    commit: Callable[[Callable[[], object]], None],
    world: World,
    wait_until: Callable[..., None],
) -> None:
    before = in_database()
    assert on_the_site(before) == before
    during = before

    def write() -> None:
        nonlocal during
        WRITES[name](world)
        if connection.in_atomic_block:
            feed_cache().invalidate("so that a reader loads the pages right now")
            during = elsewhere(lambda: on_the_site(before))

    commit(write)
    if name in TO_COUNTS:
        wait_until(shows_what_is_in_database, 1.5)
    after = in_database()
    assert on_the_site(after) == after
    assert during == before
    assert after != before, "the write changed nothing that is shown"


@pytest.mark.parametrize("name", WRITES)
def test_after_a_roll_back_of_this_write_nothing_has_changed(name: str, world: World) -> None:
    before = in_database()
    generation = feed_cache().generations.current(feed_cache().clock())
    for undone in (rolled_back, savepoint_rolled_back):
        copy = world.copy()
        undone(lambda: WRITES[name](copy))  # noqa: B023 -- it is called right here
        assert in_database() == before
        assert on_the_site(before) == before
    after = feed_cache().generations.current(feed_cache().clock())
    assert (after.number, after.counts) == (generation.number, generation.counts)


def test_a_worker_sees_its_own_writes_at_once_whatever_it_trusted(
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
def test_what_no_page_shows_leaves_them_right(name: str, world: World) -> None:
    before = in_database()
    assert on_the_site(before) == before
    HARMLESS[name](world)
    after = in_database()
    assert on_the_site(after) == after
    # Of somebody new there is an empty page, and that is all.
    assert {path: shown for path, shown in after.items() if shown != [("bio", "")]} == before


@pytest.mark.parametrize("name", NOT_COVERED)
def test_this_way_around_the_models_is_bounded_by_the_ttl(
    name: str, world: World, settings: Settings, wait_until: Callable[..., None]
) -> None:
    kinds = settings.FEED["TTL_SECONDS"]
    settings.FEED = {**settings.FEED, "TTL_SECONDS": dict.fromkeys(kinds, 2.0)}
    cache.reset()
    before = on_the_site(in_database())
    NOT_COVERED[name](world)
    assert on_the_site(before)["/"] == before["/"] != in_database()["/"]
    wait_until(shows_what_is_in_database, 2.5)
