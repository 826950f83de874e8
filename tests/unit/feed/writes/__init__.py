"""Every way in which a post, a person, a like or a comment changes, each by its name.

No model here inherits from another or has a many-to-many field of its own, and a foreign key that
may not be null gives its related managers no `clear` and no `remove`: such rows can't be.
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
