"""Paths of the pages that posts link to and another app serves.

`settings.PAGES` maps each `Page` to the name of a route. `posts.checks` reports at start a page
that is missing or can't be reversed.
"""

from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

# Browsers read these path segments as directories, so no path can name such an author.
UNADDRESSABLE = frozenset({"", ".", ".."})


class Page(StrEnum):
    """A page that another app serves. The comment names the arguments of its route."""

    LATEST = "latest"  # none: the newest posts
    POST = "post"  # id
    AUTHOR = "author"  # username
    AUTHOR_BY_ID = "author_by_id"  # id


# One valid argument list for each page, for the check at start.
EXAMPLES: dict[Page, list[int | str]] = {
    Page.LATEST: [],
    Page.POST: [1],
    Page.AUTHOR: ["ada"],
    Page.AUTHOR_BY_ID: [1],
}


def page_path(page: Page, *args: int | str) -> str:
    """Return the path of a page.

    Raises:
        KeyError: `settings.PAGES` does not have the page.
        NoReverseMatch: there is no such route, or it does not take these arguments.
    """
    return reverse(settings.PAGES[page], args=args)


def latest_path() -> str:
    return page_path(Page.LATEST)


def post_path(pk: int) -> str:
    """Return the path of a post's page. A page shows dozens, and reversing one costs 25 µs."""
    before, after = post_route()
    return f"{before}{pk}{after}"


def post_route() -> tuple[str, str]:
    """Return what stands before and after the id in the path of a post's page."""
    return _id_route(settings.PAGES[Page.POST], get_script_prefix(), get_urlconf())


def id_path(route: str, pk: int | str) -> str:
    """Return the path of a route whose only argument is an id."""
    before, after = _id_route(route, get_script_prefix(), get_urlconf())
    return f"{before}{pk}{after}"


@lru_cache(maxsize=32)
def _id_route(route: str, prefix: str, urlconf: str | None) -> tuple[str, str]:
    """Return what stands before and after the id. The arguments are the cache's key."""
    before, _, after = reverse(route, args=[1]).rpartition("1")
    return before, after


def author_path(pk: int | str, username: str) -> str:
    """Return the path of an author's page: by username, or by id if no path can hold the name."""
    path = _by_username(settings.PAGES[Page.AUTHOR], username)
    return path or page_path(Page.AUTHOR_BY_ID, pk)


def mute_path(pk: int | str, username: str) -> str:
    """Return the path of the form that mutes an author, by the same rule as `author_path`."""
    return _by_username("author-mute", username) or reverse("author-mute-by-id", args=[pk])


def _by_username(route: str, username: str) -> str | None:
    if username in UNADDRESSABLE:
        return None
    try:
        return word_path(route, username)
    except NoReverseMatch:  # a slash, which only other programs can store
        return None


def word_path(route: str, word: str) -> str:
    """Return the path of a route whose only argument is a word. Reversing it costs 25 µs.

    Raises:
        NoReverseMatch: the route does not take this word.
    """
    return _word_path(route, word, get_script_prefix(), get_urlconf())


@lru_cache(maxsize=2_000)
def _word_path(route: str, word: str, prefix: str, urlconf: str | None) -> str:
    """See `word_path`. The arguments are the cache's key."""
    return reverse(route, args=[word])
