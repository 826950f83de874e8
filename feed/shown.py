"""What a cached page shows: ids of posts, people and comments, and how a response showed it."""

from dataclasses import dataclass
from typing import Any

from feed.cache import feed_cache
from freshcache.policy import Room
from freshcache.served import Served

# Upper bounds of memory in bytes: an id (a number or digits) with its place in a collection; a
# small object.
ID_BYTES = 100
OBJECT_BYTES = 200
# The key in a WSGI environment under which a response leaves what a signed-in viewer is shown.
SHOWN_PAGE = "feed.shown_page"


@dataclass(frozen=True, slots=True)
class Shown:
    """Ids of the posts, the people and the comments on a page."""

    posts: tuple[int, ...]
    authors: tuple[int, ...]
    comments: tuple[int, ...] = ()

    @classmethod
    def on(cls, page: dict[str, Any]) -> "Shown":
        """Collect the ids from a page's JSON."""
        posts = [page["post"]] if "post" in page else page.get("posts", ())
        comments = page.get("comments", ())
        written = [*posts, *comments]
        people = [one["user_id"] for one in written]
        people += (person["id"] for person in page.get("people", ()))
        if "author" in page:
            people.append(page["author"]["id"])
        return cls(
            tuple(int(post["id"]) for post in posts),
            tuple(sorted({int(pk) for pk in people})),
            tuple(int(comment["id"]) for comment in comments),
        )

    @property
    def weight_bytes(self) -> int:
        """An upper bound of the memory that this takes."""
        ids = len(self.posts) + len(self.authors) + len(self.comments)
        return ID_BYTES * ids + OBJECT_BYTES


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The cached page of a response to a signed-in viewer. The address decides all of this."""

    name: str
    room: Room
    ttl_seconds: float  # from its snapshot
    values: dict[str, str]  # of slots
    exact_counts: bool


def shown_on(served: Served) -> Shown:
    """Return the ids on a served page. They are collected once and kept with the page."""
    shown: Shown | None = served.page.made.get("shown")
    if shown is None:
        shown = Shown.on(served.page.data)
        feed_cache().keep(served, "shown", shown)
    return shown
