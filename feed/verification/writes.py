"""Is each kind of write in every read, of every worker, as soon as promised?"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction

from feed.verification.author import Author
from feed.verification.site import VISIBLE_SECONDS, Failed, Reply, Skipped
from posts.models import Post, User

FEED = "/api/feed/?limit=50"


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """After `act`, what readers get has `marker` in it; or, if not `shown`, has it no more."""

    name: str
    act: Callable[[], object]
    marker: str
    shown: bool = True

    @property
    def promise(self) -> str:
        return f"{self.name}: in {'every' if self.shown else 'no'} read"

    def in_effect(self, reply: Reply) -> bool:
        return (self.marker in reply.text) is self.shown


def _write(author: Author, name: str, act: Callable[[str], object]) -> Write:
    text, marker = author.new_text()
    return Write(name=name, act=lambda: act(text), marker=marker)


def _gone(author: Author, name: str, act: Callable[[], object]) -> Write:
    return Write(name=name, act=act, marker=author.mark, shown=False)


def by_models(author: Author) -> Iterator[Write]:
    """Writes of this process, one after the other. The site hears of them through Redis."""
    user, users = author.user, User.objects.filter(pk=author.pk)
    posts = Post.objects.filter(author=user)
    for name, act in (
        ("save of a new post", lambda text: Post(author=user, content=text).save()),
        ("save", lambda text: _changed(posts.get(), text).save()),
        ("update_or_create", lambda text: posts.update_or_create(defaults={"content": text})),
        ("QuerySet.update", lambda text: posts.update(content=text)),
        ("bulk_update", lambda text: posts.bulk_update([_changed(posts.get(), text)], ["content"])),
    ):
        yield _write(author, name, act)
    yield _gone(author, "delete", lambda: posts.get().delete())
    yield _gone(author, "a write rolled back", lambda: _roll_back(user, author.mark))
    yield _write(
        author, "bulk_create", lambda text: posts.bulk_create([Post(author=user, content=text)])
    )
    yield _gone(author, "QuerySet.delete", posts.delete)
    yield _write(
        author, "get_or_create", lambda text: posts.get_or_create(author=user, content=text)
    )
    yield _write(author, "author renamed", lambda text: users.update(display_name=text[-80:]))
    yield _gone(author, "author deactivated", lambda: users.update(is_active=False))
    yield Write(
        name="author active again", act=lambda: users.update(is_active=True), marker=author.mark
    )
    yield _gone(author, "author deleted", users.delete)


def _changed(post: Post, text: str) -> Post:
    post.content = text
    return post


def _roll_back(user: User, text: str) -> None:
    with transaction.atomic():
        Post.objects.create(author=user, content=text)
        transaction.set_rollback(True)


class ByAPI:
    """Writes through the site, with a token, and what they do to a post's counts."""

    def __init__(self, author: Author) -> None:
        self.author = author
        self._post = ""
        self._comment = ""

    def edits(self) -> Iterator[Write]:
        """One after the other; in the end there is one post."""
        yield _write(self.author, "POST", self._create)
        for method in ("PATCH", "PUT"):
            yield _write(self.author, method, partial(self._edit, method))

    def delete(self) -> Write:
        return _gone(self.author, "DELETE", lambda: self.author.call("DELETE", self._path))

    def count_up(self) -> None:
        self.author.call("PUT", f"{self._path}like/")
        reply = self.author.call("POST", f"{self._path}comments/", {"content": "To be counted."})
        self._comment = f"/api/comments/{reply.json()['id']}/"
        self._expect_counts(1)

    def count_down(self) -> None:
        self.author.call("DELETE", f"{self._path}like/")
        self.author.call("DELETE", self._comment)
        self._expect_counts(0)

    @property
    def _path(self) -> str:
        if not self._post:
            raise Skipped("there is no post")
        return f"/api/posts/{self._post}/"

    def _create(self, text: str) -> None:
        self._post = self.author.call("POST", "/api/posts/", {"content": text}).json()["id"]

    def _edit(self, method: str, text: str) -> None:
        self.author.call(method, self._path, {"content": text})

    def _expect_counts(self, expected: int) -> None:
        """Likes and comments: of which there are as many."""
        committed_at = time.monotonic()
        site = self.author.site

        def counted(reply: Reply) -> bool:
            return any(
                post["id"] == self._post
                and post["likes_count"] == post["comments_count"] == expected
                for post in reply.json()["posts"]
            )

        within = max(site.visible_seconds, settings.FEED["COUNTS_STALE_SECONDS"])
        site.everywhere(counted, [FEED], committed_at=committed_at, within_seconds=within)


def make_by_model(author: Author, write: Write) -> None:
    author.site.need_redis()
    write.act()
    _expect(author, write, committed_at=time.monotonic())


def make_by_api(author: Author, write: Write) -> None:
    write.act()
    committed_at = time.monotonic()
    # Whoever wrote it need not wait, whichever worker they ask, if workers hear of each other.
    at_once = author.site.visible_seconds == VISIBLE_SECONDS
    if at_once and not write.in_effect(author.site.get(FEED, token=author.token)):
        raise Failed("its author's own next read is still old")
    _expect(author, write, committed_at=committed_at)


def _expect(author: Author, write: Write, *, committed_at: float) -> None:
    author.site.everywhere(
        write.in_effect,
        [FEED, "/", f"/authors/{author.user.username}/"],
        committed_at=committed_at,
        within_seconds=author.site.visible_seconds,
    )
