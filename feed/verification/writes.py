"""Checks that every read of every worker shows each kind of write as soon as promised."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from feed.cache import feed_policy
from feed.errors import CheckFailedError, CheckSkippedError
from feed.verification.deployment import VISIBLE_SECONDS
from feed.verification.http_client import Reply
from feed.verification.temporary_author import TemporaryAuthor
from posts.models import Post, User

FEED = "/api/feed/?limit=50"


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """A write and its effect: after `act`, responses contain `marker`, or if not `shown` do not."""

    name: str
    act: Callable[[], object]
    marker: str
    shown: bool = True

    @property
    def promise(self) -> str:
        """The name of the check."""
        return f"{self.name}: in {'every' if self.shown else 'no'} read"

    def is_shown_by(self, reply: Reply) -> bool:
        """Whether this response shows the write."""
        return (self.marker in reply.text) is self.shown


def _shows(author: TemporaryAuthor, name: str, act: Callable[[str], object]) -> Write:
    """Return a write whose new text is shown afterwards."""
    text, marker = author.new_text()
    return Write(name=name, act=lambda: act(text), marker=marker)


def _removes(author: TemporaryAuthor, name: str, act: Callable[[], object]) -> Write:
    """Return a write after which no text of the author is shown."""
    return Write(name=name, act=act, marker=author.mark, shown=False)


def model_writes(author: TemporaryAuthor) -> Iterator[Write]:
    """Yield writes that this process makes by models. The site gets invalidations through Redis."""
    user, users = author.user, User.objects.filter(pk=author.pk)
    posts = Post.objects.filter(author=user)
    for name, act in (
        ("save of a new post", lambda text: Post(author=user, content=text).save()),
        ("save", lambda text: _edited(posts.get(), text).save()),
        ("update_or_create", lambda text: posts.update_or_create(defaults={"content": text})),
        ("QuerySet.update", lambda text: posts.update(content=text)),
        ("bulk_update", lambda text: posts.bulk_update([_edited(posts.get(), text)], ["content"])),
    ):
        yield _shows(author, name, act)
    yield _removes(author, "delete", lambda: posts.get().delete())
    yield _removes(author, "a write rolled back", lambda: _roll_back(user, author.mark))
    yield _shows(
        author, "bulk_create", lambda text: posts.bulk_create([Post(author=user, content=text)])
    )
    yield _removes(author, "QuerySet.delete", posts.delete)
    yield _shows(
        author, "get_or_create", lambda text: posts.get_or_create(author=user, content=text)
    )
    yield _shows(author, "author renamed", lambda text: users.update(display_name=text[-80:]))
    yield _removes(author, "author deactivated", lambda: users.update(is_active=False))
    yield Write(
        name="author active again", act=lambda: users.update(is_active=True), marker=author.mark
    )
    yield _removes(author, "author deleted", users.delete)


def _edited(post: Post, text: str) -> Post:
    post.content = text
    return post


def _roll_back(user: User, text: str) -> None:
    with transaction.atomic():
        Post.objects.create(author=user, content=text)
        transaction.set_rollback(True)


class APIWrites:
    """Writes through the site's API, with a token, and their effect on a post's counts."""

    def __init__(self, author: TemporaryAuthor) -> None:
        self.author = author
        self._post = ""
        self._comment = ""

    def edits(self) -> Iterator[Write]:
        """Yield a create and two edits. After them there is one post."""
        yield _shows(self.author, "POST", self._create)
        for method in ("PATCH", "PUT"):
            yield _shows(self.author, method, partial(self._edit, method))

    def delete(self) -> Write:
        """Return the write that deletes the post."""
        return _removes(self.author, "DELETE", lambda: self.author.call("DELETE", self._path))

    def keeps_versions(self) -> None:
        """Check that the history has the post and what it was before the two edits."""
        self.author.deployment.expect_everywhere(
            lambda reply: len(reply.json().get("versions", ())) == 3,  # noqa: PLR2004 -- with the post
            [f"{self._path}history/"],
            committed_at=time.monotonic(),
            within_seconds=self.author.deployment.visible_seconds,
        )

    def count_up(self) -> None:
        """Check that a like and a comment are counted."""
        self.author.call("PUT", f"{self._path}like/")
        reply = self.author.call("POST", f"{self._path}comments/", {"content": "To be counted."})
        self._comment = f"/api/comments/{reply.json()['id']}/"
        self._expect_counts(1)

    def count_down(self) -> None:
        """Check that the counts fall when both are deleted."""
        self.author.call("DELETE", f"{self._path}like/")
        self.author.call("DELETE", self._comment)
        self._expect_counts(0)

    @property
    def _path(self) -> str:
        if not self._post:
            raise CheckSkippedError("there is no post")
        return f"/api/posts/{self._post}/"

    def _create(self, text: str) -> None:
        self._post = self.author.call("POST", "/api/posts/", {"content": text}).json()["id"]

    def _edit(self, method: str, text: str) -> None:
        self.author.call(method, self._path, {"content": text})

    def _expect_counts(self, expected: int) -> None:
        """Check that the post has `expected` likes and as many comments."""
        committed_at = time.monotonic()
        deployment = self.author.deployment

        def counted(reply: Reply) -> bool:
            return any(
                post["id"] == self._post
                and post["likes_count"] == post["comments_count"] == expected
                for post in reply.json()["posts"]
            )

        within = max(deployment.visible_seconds, feed_policy().counts_stale_seconds)
        deployment.expect_everywhere(
            counted, [FEED], committed_at=committed_at, within_seconds=within
        )


def check_model_write(author: TemporaryAuthor, write: Write) -> None:
    """Make a write by models, and check every worker's reads.

    Raises:
        CheckFailedError: A read does not show the write.
        CheckSkippedError: Without Redis the site gets no invalidation from this process.
    """
    author.deployment.require_redis()
    write.act()
    _expect_everywhere(author, write, committed_at=time.monotonic())


def check_api_write(author: TemporaryAuthor, write: Write) -> None:
    """Make a write through the API, and check its author's next read and every worker's reads.

    Raises:
        CheckFailedError: A read does not show the write.
        CheckSkippedError: An earlier write failed, so there is no token or no post.
    """
    write.act()
    committed_at = time.monotonic()
    deployment = author.deployment
    # With shared invalidations the author's next read shows the write, whichever worker answers.
    at_once = deployment.visible_seconds == VISIBLE_SECONDS
    if at_once and not write.is_shown_by(deployment.get(FEED, token=author.token)):
        raise CheckFailedError("the author's next read is still old")
    _expect_everywhere(author, write, committed_at=committed_at)


def _expect_everywhere(author: TemporaryAuthor, write: Write, *, committed_at: float) -> None:
    author.deployment.expect_everywhere(
        write.is_shown_by,
        [FEED, "/", f"/authors/{author.user.username}/"],
        committed_at=committed_at,
        within_seconds=author.deployment.visible_seconds,
    )
