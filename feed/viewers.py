"""The viewers that this process has seen in the last seconds, with their marks on pages.

An entry is valid while the generation and the counts version stay the same. A change of an account
or a post begins a new generation; a like, a mute and the end of a session begin a new counts
version; then `Viewers.renewed` reads what may have changed. A change of powers over others' posts
does neither, so powers are read again after KNOWN_SECONDS. Only pages use this; writes ask the
database for the user.
"""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from cachetools import LRUCache, TTLCache
from django.conf import settings
from django.http import HttpRequest

from feed import viewer_queries
from feed.cache import feed_cache
from feed.renderings import Power
from feed.shown import ID_BYTES, Shown, shown_on
from feed.viewer import Viewer
from feed.viewer_queries import Marks
from freshcache.errors import DATABASE_FAILURES
from freshcache.policy import Outcome
from freshcache.served import Served
from posts import powers, sessions
from posts.models import User

# The most that a viewer without texts takes in memory, with the key.
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


@dataclass(frozen=True, slots=True)
class Known:
    """A viewer as read from the database under a generation and a counts version.

    `account`: see `feed.viewer_queries`. `since` and `powers_since` are the times of reading the
    viewer and the powers (seconds of the monotonic clock). All sessions of an account share its
    powers. `marks` belong to the page that the viewer read last.
    """

    viewer: Viewer
    account: bytes
    generation: int
    counts_version: int
    since: float
    powers_since: float
    marks: tuple[Shown, Marks] | None = None

    @property
    def weight_bytes(self) -> int:
        """An upper bound of the memory that this takes."""
        weight = VIEWER_BYTES + sum(map(sys.getsizeof, self.viewer.values.values()))
        if self.marks is not None:
            shown, marks = self.marks
            sets = marks.liked, marks.liked_comments, marks.muted
            weight += shown.weight_bytes + sum(map(sys.getsizeof, sets))
            weight += ID_BYTES * sum(map(len, sets))
        return weight


class Viewers:
    """The viewers seen last, by session key, up to `max_bytes` of memory. Thread-safe."""

    def __init__(self, max_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: LRUCache[str, Known] = LRUCache(
            max_bytes, getsizeof=lambda known: known.weight_bytes
        )
        self._powers: TTLCache[int, tuple[frozenset[Power], float]] = TTLCache(
            MAX_KNOWN_POWERS, KNOWN_SECONDS, timer=clock
        )
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Forget all viewers and powers."""
        with self._lock:
            self._known.clear()
            self._powers.clear()

    def powers(self, user: User) -> frozenset[Power]:
        """Return the user's powers over others' posts as of at most KNOWN_SECONDS ago.

        They decide which buttons a page shows. Writes ask `posts.powers`.
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
        """Return the signed-in viewer, or None.

        If the database does not answer, the page is served as to a signed-out reader. The page must
        have been read with `confirm`, because only the current counts version shows that the
        session has not ended.
        """
        if known := self.known(_session_key(request), served):
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
            known = Known(
                viewer=viewer,
                account=viewer_queries.fingerprint(user),
                generation=served.page.generation,
                counts_version=served.counts_version,
                since=self._clock(),
                powers_since=powers_since,
            )
            self._keep(_session_key(request), known)
        return viewer

    def renewed(self, session_key: str, served: Served) -> Known | None:
        """Return the viewer with marks on this page; None if Django must read the viewer.

        Two queries read all that a change may have changed: the account with its session, and the
        marks. An account that is not exactly as before is Django's, and so is a session whose use
        must be recorded. `served`: as in `of`.
        """
        with self._lock:
            before = self._known.get(session_key)
        now, shown = self._clock(), shown_on(served)
        if (
            before is None
            or not _is_certain(served)
            or now - before.powers_since >= KNOWN_SECONDS
            or not sessions.recently_seen.has(session_key)
        ):
            return None
        known = self.known(session_key, served)
        try:
            with feed_cache().database.asked():
                if known is None:
                    account = viewer_queries.account(int(before.viewer.id), session_key)
                    if account != before.account:
                        return None
                    known = replace(
                        before,
                        generation=served.page.generation,
                        counts_version=served.counts_version,
                        since=now,
                    )
                known = replace(known, marks=(shown, _marks(known.viewer, shown)))
        except DATABASE_FAILURES:
            return None
        self._keep(session_key, known)
        return known

    def has(self, session_key: str) -> bool:
        """Whether there is an entry for this session, current or not."""
        return session_key in self._known

    def marks(self, request: HttpRequest, served: Served, viewer: Viewer) -> Marks:
        """Return the viewer's likes and mutes on this page; none if the database does not answer.

        Pages of signed-in viewers are read with the current counts version, so the next page shows
        a like or a mute that the same person made on any device.
        """
        known, shown = self.known(_session_key(request), served), shown_on(served)
        if known is not None and known.marks is not None:
            marked, marks = known.marks
            if marked == shown:
                return marks
        try:
            with feed_cache().database.asked():
                marks = _marks(viewer, shown)
        except DATABASE_FAILURES:
            return Marks()
        if known is not None:
            self._keep(_session_key(request), replace(known, marks=(shown, marks)))
        return marks

    def _keep(self, session_key: str, known: Known) -> None:
        if session_key and known.weight_bytes <= self._known.maxsize:
            with self._lock:
                self._known[session_key] = known

    def known(self, session_key: str, served: Served) -> Known | None:
        """Return the viewer of this session if what is known is current: as in `of`."""
        with self._lock:
            known = self._known.get(session_key)
        if (
            known is None
            or not _is_certain(served)
            or known.generation != served.page.generation
            or known.counts_version != served.counts_version
        ):
            return None
        max_seconds = KNOWN_SECONDS if served.shared else KNOWN_AWAY_SECONDS
        now = self._clock()
        is_current = now - known.since < max_seconds and now - known.powers_since < KNOWN_SECONDS
        return known if is_current else None


@cache  # at the first call: a check reports a wrong setting, which an import would not survive
def known_viewers() -> Viewers:
    """Return the viewers that this process knows."""
    return Viewers(settings.FEED["VIEWER_BYTES"])


def _marks(viewer: Viewer, shown: Shown) -> Marks:
    return viewer_queries.viewer_marks(
        int(viewer.id), posts=shown.posts, authors=shown.authors, comments=shown.comments
    )


def _session_key(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _is_certain(served: Served) -> bool:
    """Whether the page's generation was the current one when the page was read."""
    return served.outcome in {Outcome.HIT, Outcome.STALE_HIT, Outcome.MISS}
