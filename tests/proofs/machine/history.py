"""Each committed version of the pages, read with plain SQL on a separate connection."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg
from django.db import connection

from feed.cursors import NEAR_PAGES, Cursor, Near
from posts.models import POST_TEXTS

Kind = Literal["posts", "counts"]
Row = dict[str, Any]

_TEXTS = ", ".join(f"p.{name}" for name in POST_TEXTS)
_POSTS = f"""
SELECT {_TEXTS}, p.id, p.image_url, p.created_at, p.updated_at,
       u.id, u.username, u.display_name, trim(u.first_name || ' ' || u.last_name),
       (SELECT count(*) FROM posts_like WHERE post_id = p.id),
       (SELECT count(*) FROM posts_comment c JOIN posts_user a ON a.id = c.author_id
        WHERE c.post_id = p.id AND a.is_active)
FROM posts_post p JOIN posts_user u ON u.id = p.author_id WHERE u.is_active
ORDER BY p.created_at DESC, p.id DESC
"""
_AUTHORS = """
SELECT id, username, display_name, trim(first_name || ' ' || last_name), bio, date_joined,
       (SELECT count(*) FROM posts_post p WHERE p.author_id = u.id),
       (SELECT count(*) FROM posts_comment c JOIN posts_post p ON p.id = c.post_id
        JOIN posts_user a ON a.id = p.author_id WHERE c.author_id = u.id AND a.is_active),
       (SELECT count(*) FROM posts_like l JOIN posts_post p ON p.id = l.post_id
        WHERE p.author_id = u.id)
FROM posts_user u WHERE is_active
"""
_EMPTY = "TRUNCATE posts_user, posts_post, posts_like, posts_comment RESTART IDENTITY CASCADE"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the feed, or of one author: its size, and the post after which it begins."""

    limit: int
    author: str = ""
    after: Cursor | None = None

    def __str__(self) -> str:
        name = f"{self.author}'s page" if self.author else "the feed"
        return f"{name} by {self.limit}{', older posts' if self.after else ''}"


@dataclass(slots=True)
class Version:
    """The content of every page from `at` on. `told_at`: when the fleet got its invalidation.

    `writer` is one life of a worker; None if the writer died, or was no worker. `answered`: the
    call that wrote has returned, or has at least sent the invalidations that it could.
    """

    at: float
    posts: list[Row]
    authors: dict[str, Row]
    kind: Kind
    writer: object | None
    answered: bool = False
    told_at: float | None = None

    def page(self, place: Place) -> Row | None:
        """Return the page as JSON; None if there is no such author."""
        if place.author and place.author not in self.authors:
            return None
        posts = [post for post in self.posts if _is_on(place, post)]
        last = posts[: place.limit][-1:]
        more = len(posts) > place.limit
        page = {
            "posts": posts[: place.limit],
            "next": _next(place, last[0]) if more else None,
        }
        return {**page, "author": self.authors[place.author]} if place.author else page


def _is_on(place: Place, post: Row) -> bool:
    if place.author and post["user"]["username"] != place.author:
        return False
    here = _cursor(post)
    after = place.after
    return after is None or (here.created_at, here.id) < (after.created_at, after.id)


def _next(place: Place, last: Row) -> str:
    """Return the cursor after that post: a near one for the pages that follow the newest page."""
    here, near = _cursor(last), place.after.near if place.after else Near(0, place.limit)
    if place.author or near is None or near.limit != place.limit or near.depth == NEAR_PAGES:
        return here.encode()
    return replace(here, near=Near(near.depth + 1, place.limit)).encode()


def _cursor(post: Row) -> Cursor:
    return Cursor(datetime.fromisoformat(post["created_at"]), int(post["id"]))


@dataclass(slots=True)
class History:
    """All versions. Call `observe` after each action that may have committed."""

    clock: Callable[[], float]
    versions: list[Version] = field(default_factory=list)
    _database: "psycopg.Connection[Any] | None" = None

    def begin(self) -> None:
        """Empty the database and the history."""
        self._execute(_EMPTY)
        self.versions.clear()

    def observe(self, *, writer: object | None, kind: Kind) -> Version | None:
        """Return the version that was just committed; None if no page has changed."""
        posts = [_post(row) for row in self._execute(_POSTS)]
        authors = {row[1]: _author(*row) for row in self._execute(_AUTHORS)}
        last = self.versions[-1] if self.versions else None
        if last and last.posts == posts and last.authors == authors:
            return None
        version = Version(self.clock(), posts, authors, kind, writer)
        self.versions.append(version)
        return version

    @property
    def latest(self) -> int:
        return len(self.versions) - 1

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _execute(self, query: Any) -> list[Any]:
        if self._database is None:
            place = connection.settings_dict
            self._database = psycopg.connect(
                dbname=place["NAME"],
                user=place["USER"],
                host=place["HOST"] or place["OPTIONS"].get("host"),
                autocommit=True,
            )
        cursor = self._database.execute(query)
        return cursor.fetchall() if cursor.description else []


def _user(pk: int, username: str, display_name: str, full_name: str) -> Row:
    return {
        "id": str(pk),
        "username": username,
        "display_name": display_name or full_name or username,
        "avatar_url": None,
    }


def _author(*row: Any) -> Row:
    *user, bio, joined, posts, comments, likes = row
    numbers = {"posts_count": posts, "comments_count": comments, "likes_count": likes}
    return {**_user(*user), "bio": bio, "joined": _moment(joined), **numbers}


def _post(row: Any) -> Row:
    texts, others = row[: len(POST_TEXTS)], row[len(POST_TEXTS) :]
    pk, image_url, created_at, updated_at, author, *names, likes, comments = others
    return {
        "id": str(pk),
        **dict(zip(POST_TEXTS, texts, strict=True)),
        "user": _user(author, *names),
        "user_id": str(author),
        "image_url": image_url or None,
        "image_width": None,
        "image_height": None,
        "images": _images(image_url, texts),
        "created_at": _moment(created_at),
        "updated_at": _moment(updated_at),
        "edited": updated_at > created_at,
        "likes_count": likes,
        "comments_count": comments,
        "url": f"/posts/{pk}/",
    }


def _images(image_url: str, texts: tuple[Any, ...]) -> list[Row]:
    """Return the image elsewhere, if there is one; posts of the machine have no others."""
    alt = dict(zip(POST_TEXTS, texts, strict=True))["image_alt"]
    return [{"url": image_url, "alt": alt, "width": None, "height": None}] if image_url else []


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
