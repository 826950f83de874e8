"""Who is looking: what pages show of them, and what they did with the posts shown.

Both are kept for a moment in this process, and only for as long as the generation and the counts
stay what they were: whatever changes an account or a post begins another generation; a like, a mute
and the end of a session change the counts. Writes never come by here; they ask the database who is
there.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from feed import queries
from feed.cache import feed_cache
from feed.policy import DATABASE_FAILURES, Outcome, Served
from feed.queries import Marks
from posts.models import User
from posts.serializers import user_json

MOST_KNOWN = 10_000
# As long as a page whose invalidation was lost; without Redis, as long as workers may differ.
KNOWN_SECONDS = 30.0
KNOWN_AWAY_SECONDS = 2.0


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

    @classmethod
    def of(cls, user: User) -> "Viewer":
        shown = user_json(user)
        return cls(
            id=shown["id"],
            username=user.username,
            shown_name=user.shown_name,
            path=user.get_absolute_url(),
            avatar=render_to_string("includes/avatar.html", {"user": shown}),
            is_staff=user.is_staff,
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


def shown_on(page: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Ids of the posts on a page, and of the people."""
    posts = page["posts"] if "posts" in page else [page["post"]]
    written = [*posts, *page.get("comments", ())]
    people = [one["user_id"] for one in written]
    if "author" in page:
        people.append(page["author"]["id"])
    return [int(post["id"]) for post in posts], sorted({int(pk) for pk in people})


_Page = tuple[tuple[int, ...], tuple[int, ...]]  # which posts are on it, by whom


@dataclass(slots=True)
class _Known:
    """What was found out under a generation and counts. `since`: seconds, monotonic clock."""

    viewer: Viewer
    generation: int
    counts: int
    since: float
    marks: dict[_Page, Marks] = field(default_factory=dict)


class Viewers:
    """The viewers that this process has just seen, by the key of their session."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

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
        viewer = Viewer.of(user)
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key and _is_certain(served):
            with self._lock:
                self._known[key] = _Known(
                    viewer, served.page.generation, served.counts, self._clock()
                )
                while len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
        return viewer

    def marks(
        self,
        request: HttpRequest,
        served: Served,
        viewer: Viewer,
        *,
        posts: Sequence[int],
        authors: Sequence[int],
    ) -> Marks:
        """What of these posts and people the viewer likes, or mutes; none, with the database away.

        Whoever is signed in has asked for the counts of now, so what they like or mute, wherever
        they did it, is what they see on the next page.
        """
        known = self._current(request, served)
        page = tuple(posts), tuple(authors)
        if known is not None and page in known.marks:
            return known.marks[page]
        try:
            with feed_cache().database.asked():
                marks = queries.viewer_marks(int(viewer.id), posts=posts, authors=authors)
        except DATABASE_FAILURES:
            return Marks()
        if known is not None:
            known.marks = {page: marks}  # the page looked at last
        return marks

    def _current(self, request: HttpRequest, served: Served) -> _Known | None:
        known = self._known.get(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        if known is None or not _is_certain(served):
            return None
        if (known.generation, known.counts) != (served.page.generation, served.counts):
            return None
        most = KNOWN_SECONDS if served.shared else KNOWN_AWAY_SECONDS
        return known if self._clock() - known.since < most else None


def _is_certain(served: Served) -> bool:
    """Whether the page's generation was the current one as it was asked for."""
    return served.outcome in {Outcome.HIT, Outcome.STALE_HIT, Outcome.MISS}
