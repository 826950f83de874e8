"""Who is looking: what pages show of them, and what they did with the posts shown.

Both are kept for a moment in this process, and only for as long as the generation stays what it
was: whatever changes an account or a post begins another, and a like changes the counts. Writes
never come by here; they ask the database who is there.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest

from feed import queries
from feed.policy import DATABASE_FAILURES, Outcome, Served
from posts.models import User

MOST_KNOWN = 10_000
# As long as a page whose invalidation was lost; without Redis, as long as workers may differ.
KNOWN_SECONDS = 30.0
KNOWN_AWAY_SECONDS = 2.0


AVATAR_HUES = 8  # as many as the style sheet has


def avatar_hue(user_id: str | int) -> str:
    """The colour class of a person's avatar: the same for the same id, everywhere."""
    return f"hue-{int(user_id) % AVATAR_HUES}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in, active user, as pages show them to themselves."""

    id: str
    username: str
    shown_name: str
    path: str
    is_staff: bool

    @classmethod
    def of(cls, user: User) -> "Viewer":
        return cls(
            str(user.pk), user.username, user.shown_name, user.get_absolute_url(), user.is_staff
        )

    @property
    def hue(self) -> str:
        return avatar_hue(self.id)

    @property
    def initial(self) -> str:
        return self.shown_name[:1].upper()


@dataclass(slots=True)
class _Known:
    viewer: Viewer
    generation: int
    since: float
    liked: dict[tuple[int, ...], tuple[int, frozenset[str]]] = field(default_factory=dict)


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
        """Who is signed in. With the database away nobody can be, and the page is worth reading."""
        known = self._current(request, served)
        if known is not None:
            return known.viewer
        try:
            user = request.user
            if not isinstance(user, User) or not user.is_active:
                return None
        except DATABASE_FAILURES:
            return None
        viewer = Viewer.of(user)
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key and _is_certain(served):
            with self._lock:
                self._known[key] = _Known(viewer, served.page.generation, self._clock())
                while len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
        return viewer

    def liked(
        self, request: HttpRequest, served: Served, viewer: Viewer, ids: Sequence[str]
    ) -> frozenset[str]:
        """Which of these posts the viewer likes; none, with the database away."""
        known = self._current(request, served)
        numbers = tuple(map(int, ids))
        if known is not None:
            counts, liked = known.liked.get(numbers, (None, frozenset[str]()))
            if counts == served.counts:
                return liked
        try:
            liked = queries.liked_posts(int(viewer.id), numbers)
        except DATABASE_FAILURES:
            return frozenset()
        if known is not None:
            known.liked = {numbers: (served.counts, liked)}  # the page looked at last
        return liked

    def _current(self, request: HttpRequest, served: Served) -> _Known | None:
        known = self._known.get(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        if known is None or known.generation != served.page.generation or not _is_certain(served):
            return None
        most = KNOWN_SECONDS if served.shared else KNOWN_AWAY_SECONDS
        return known if self._clock() - known.since < most else None


def _is_certain(served: Served) -> bool:
    """Whether the page's generation was the current one as it was asked for."""
    return served.outcome in {Outcome.HIT, Outcome.STALE_HIT, Outcome.MISS}
