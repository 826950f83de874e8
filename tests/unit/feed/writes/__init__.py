"""Tables of all ways to write posts, users, likes, comments and sessions, by name.

Some methods can't write these models, and have no row: they have no model inheritance and no
many-to-many field, and related managers have no `clear` and no `remove`, because no foreign key
may be null.
"""

from tests.unit.feed.writes.authors import HARMLESS, TO_AUTHORS
from tests.unit.feed.writes.counts import TO_COUNTS
from tests.unit.feed.writes.posts import TO_POSTS
from tests.unit.feed.writes.sessions import NEW_PASSWORDS, TO_SESSIONS
from tests.unit.feed.writes.uncovered import NOT_COVERED
from tests.unit.feed.writes.world import World, Write

__all__ = [
    "HARMLESS",
    "NEW_PASSWORDS",
    "NOT_COVERED",
    "TO_AUTHORS",
    "TO_COUNTS",
    "TO_POSTS",
    "TO_SESSIONS",
    "World",
    "Write",
]
