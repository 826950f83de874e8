"""Who is looking: what pages show of them, and what they did with the posts shown.

Both are kept for a moment in this process, and only for as long as the generation stays what it
was, and the counts too: whatever changes an account or a post begins another generation; a like,
a mute and the end of a session change the counts.
Powers over what others wrote begin no generation: they are asked for again after KNOWN_SECONDS.
Writes never come by here; they ask the database who is there.
"""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from cachetools import LRUCache, TTLCache
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from feed import queries
from feed.cache import feed_cache
from feed.queries import Marks
from feed.renderings import Power
from freshcache.policy import DATABASE_FAILURES, Outcome
from freshcache.served import Served
from posts import powers
from posts.models import User
from posts.serializers import user_json

# What objects take in memory, at the most: a number or a text of digits with its place in a
# collection; a small object; and a viewer known here, without texts, but with the key.
ID_BYTES = 100
OBJECT_BYTES = 200
VIEWER_BYTES = 2_500
MAX_KNOWN_POWERS = 10_000  # of some 300 bytes each
# As long as a page whose invalidation was lost; without Redis, as long as workers may differ.
KNOWN_SECONDS = 30.0
KNOWN_AWAY_SECONDS = 2.0


_PERMISSIONS: dict[Power, str] = {
    "post editable": powers.CHANGE_POST,
    "post deletable": powers.DELETE_POST,
    "comment deletable": powers.DELETE_COMMENT,
}

AVATAR_HUES = 8  # as many as the style sheet has


def avatar_hue(user_id: str | int) -> str:
    """The colour class of a person's avatar: the same for the same id, everywhere."""
    return f"hue-{int(user_id) % AVATAR_HUES}"


@dataclass(frozen=True)
class Viewer:
    """A signed-in, active user, as pages show them to themselves."""

    SLOTS: ClassVar = ("hue", "initial", "shown_name", "username", "path", "avatar")

    id: str
    username: str
    shown_name: str
    path: str
    avatar: SafeString
    is_staff: bool
    powers: frozenset[Power] = frozenset()

    @classmethod
    def of(cls, user: User, powers: frozenset[Power] = frozenset()) -> "Viewer":
        shown = user_json(user)
        return cls(
            id=shown["id"],
            username=user.username,
            shown_name=user.shown_name,
            path=user.get_absolute_url(),
            avatar=render_to_string("includes/avatar.html", {"user": shown}),
            is_staff=user.is_staff,
            powers=powers,
        )

    @property
    def hue(self) -> str:
        return avatar_hue(self.id)

    @property
    def initial(self) -> str:
        return self.shown_name[:1].upper()

    @cached_property
    def values(self) -> dict[str, str]:
        """What fills the slots of pages, safe in HTML."""
        return {name: conditional_escape(getattr(self, name)) for name in self.SLOTS}


@dataclass(frozen=True, slots=True)
class Shown:
    """Ids of the posts on a page, and of the people."""

    posts: tuple[int, ...]
    authors: tuple[int, ...]

    @classmethod
    def on(cls, page: dict[str, Any]) -> "Shown":
        posts = page["posts"] if "posts" in page else [page["post"]]
        written = [*posts, *page.get("comments", ())]
        people = [one["user_id"] for one in written]
        if "author" in page:
            people.append(page["author"]["id"])
        return cls(
            tuple(int(post["id"]) for post in posts), tuple(sorted({int(pk) for pk in people}))
        )

    @property
    def weight_bytes(self) -> int:
        return ID_BYTES * (len(self.posts) + len(self.authors)) + OBJECT_BYTES


def shown_on(served: Served) -> Shown:
    """The same of a page that was served, found out once and kept with it."""
    shown: Shown | None = served.page.made.get("shown")
    if shown is None:
        shown = Shown.on(served.page.data)
        feed_cache().keep(served, "shown", shown)
    return shown


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out under a generation and counts. `marks`: of the page looked at last.
    `since`, `powers_since`: when the viewer and their powers were asked for (seconds, monotonic
    clock); the powers are shared by the sessions of an account."""

    viewer: Viewer
    generation: int
    counts: int
    since: float
    powers_since: float
    marks: tuple[Shown, Marks] | None = None

    @property
    def weight_bytes(self) -> int:
        weight = VIEWER_BYTES + sum(map(sys.getsizeof, self.viewer.values.values()))
        if self.marks is not None:
            shown, marks = self.marks
            weight += shown.weight_bytes + sys.getsizeof(marks.liked) + sys.getsizeof(marks.muted)
            weight += ID_BYTES * (len(marks.liked) + len(marks.muted))
        return weight


class Viewers:
    """The viewers that this process has just seen, by the key of their session: those seen last,
    who weigh at most so many bytes."""

    def __init__(self, max_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: LRUCache[str, _Known] = LRUCache(
            max_bytes, getsizeof=lambda known: known.weight_bytes
        )
        self._powers: TTLCache[int, tuple[frozenset[Power], float]] = TTLCache(
            MAX_KNOWN_POWERS, KNOWN_SECONDS, timer=clock
        )
        self._lock = threading.Lock()

    def forget(self) -> None:
        with self._lock:
            self._known.clear()
            self._powers.clear()

    def powers(self, user: User) -> frozenset[Power]:
        """What `user` may do with what others wrote, as it was at most KNOWN_SECONDS ago.

        For what pages offer; writes ask `posts.powers` themselves.
        """
        return self._powers_since(user)[0]

    def _powers_since(self, user: User) -> tuple[frozenset[Power], float]:
        with self._lock:
            known = self._powers.get(user.pk)
        if known is not None:
            return known
        now = self._clock()
        try:
            with feed_cache().database.asked():
                found = {name for name, needed in _PERMISSIONS.items() if powers.may(user, needed)}
        except DATABASE_FAILURES:
            return frozenset(), now - KNOWN_SECONDS
        asked = frozenset(found), now
        with self._lock:
            self._powers[user.pk] = asked
        return asked

    def of(self, request: HttpRequest, served: Served) -> Viewer | None:
        """Who is signed in. With the database away nobody can be, and the page is worth reading.

        Ask for the page with `confirm`: only counts of now tell that a session has not ended.
        """
        known = self._current(request, served)
        if known is not None:
            return known.viewer
        try:
            with feed_cache().database.asked():
                user = request.user
                if not isinstance(user, User) or not user.is_active:
                    return None
        except DATABASE_FAILURES:
            return None
        allowed, powers_since = self._powers_since(user)
        viewer = Viewer.of(user, allowed)
        if _is_certain(served):
            known = _Known(
                viewer, served.page.generation, served.counts, self._clock(), powers_since
            )
            self._keep(request, known)
        return viewer

    def marks(self, request: HttpRequest, served: Served, viewer: Viewer) -> Marks:
        """What of the page the viewer likes, or mutes; nothing, with the database away.

        Whoever is signed in has asked for the counts of now, so what they like or mute, wherever
        they did it, is what they see on the next page.
        """
        known, shown = self._current(request, served), shown_on(served)
        if known is not None and known.marks is not None:
            of, marks = known.marks
            if of == shown:
                return marks
        try:
            with feed_cache().database.asked():
                marks = queries.viewer_marks(
                    int(viewer.id), posts=shown.posts, authors=shown.authors
                )
        except DATABASE_FAILURES:
            return Marks()
        if known is not None:
            self._keep(request, replace(known, marks=(shown, marks)))
        return marks

    def _keep(self, request: HttpRequest, known: _Known) -> None:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key and known.weight_bytes <= self._known.maxsize:
            with self._lock:
                self._known[key] = known

    def _current(self, request: HttpRequest, served: Served) -> _Known | None:
        with self._lock:
            known = self._known.get(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        if known is None or not _is_certain(served):
            return None
        if (known.generation, known.counts) != (served.page.generation, served.counts):
            return None
        most = KNOWN_SECONDS if served.shared else KNOWN_AWAY_SECONDS
        now = self._clock()
        is_current = now - known.since < most and now - known.powers_since < KNOWN_SECONDS
        return known if is_current else None


def _is_certain(served: Served) -> bool:
    """Whether the page's generation was the current one as it was asked for."""
    return served.outcome in {Outcome.HIT, Outcome.STALE_HIT, Outcome.MISS}
