"""What the write side tells the rest of the program, and when.

`posts_changed`: what posts show has changed (a post, or its author's name or standing).
`counts_changed`: only the number of likes or comments has changed, or whom somebody mutes, or
a session has ended: pages for the signed-in know their viewer for as long as the counts stay.

Both are sent after commit and once per transaction, whatever was written in it and by whatever
path: models announce themselves here by Django's signals, bulk writes through their querysets.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

if TYPE_CHECKING:
    from django.contrib.sessions.models import Session

posts_changed = Signal()
counts_changed = Signal()

# The fields of a user that a post shows, or that decide whether it is shown at all.
AUTHOR_FIELDS = frozenset(
    {"username", "display_name", "first_name", "last_name", "is_active", "bio", "picture"}
)


class _Announcement:
    """One transaction's news, sent when it commits.

    One commit hook is enough, for Django drops a hook only with a savepoint that was open when it
    was registered. Whatever is announced later is announced either after that savepoint, which can
    no longer be rolled back, or inside it, to be dropped with it.

    What a rolled back savepoint added to an older announcement stays in it: that may announce
    posts where counts alone have changed, which is more than needed and never less.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self.causes: set[str] = set()
        self.posts = False

    def __call__(self) -> None:
        signal = posts_changed if self.posts else counts_changed
        # Robust: the write is committed, so a listener's fault must not become the writer's.
        signal.send_robust(sender=None, cause=", ".join(sorted(self.causes)), using=self.using)


def announce_posts(cause: str, *, using: str | None = None) -> None:
    """Send `posts_changed` when the current transaction commits; at once in autocommit."""
    _announce(cause, posts=True, using=using or DEFAULT_DB_ALIAS)


def announce_counts(cause: str, *, using: str | None = None) -> None:
    """Send `counts_changed` when the current transaction commits; at once in autocommit."""
    _announce(cause, posts=False, using=using or DEFAULT_DB_ALIAS)


def _announce(cause: str, *, posts: bool, using: str) -> None:
    hooks = transaction.get_connection(using).run_on_commit
    pending = next((hook for _, hook, _ in hooks if isinstance(hook, _Announcement)), None)
    announcement = pending or _Announcement(using)
    announcement.causes.add(cause)
    announcement.posts |= posts
    if pending is None:
        transaction.on_commit(announcement, using=using)


def _post_changed(*, using: str, signal: Signal, **kwargs: Any) -> None:
    announce_posts("post saved" if signal is post_save else "post deleted", using=using)


def _count_changed(*, sender: Any, using: str, **kwargs: Any) -> None:
    announce_counts(f"{sender.__name__.lower()} changed", using=using)


def _session_ended(*, instance: "Session", using: str, **kwargs: Any) -> None:
    if SESSION_KEY in instance.get_decoded():  # else nobody was signed in by it
        announce_counts("session ended", using=using)


def _author_changed(
    *, using: str, created: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    # Every sign-in saves last_login alone, and nobody has written anything before being created.
    if not created and (update_fields is None or AUTHOR_FIELDS & update_fields):
        announce_posts("author changed", using=using)


def connect() -> None:
    """Listen to the models; by name, so that this module needs none of them."""
    for signal in (post_save, post_delete):
        signal.connect(_post_changed, sender="posts.Post", dispatch_uid="posts.post")
        signal.connect(_count_changed, sender="posts.Like", dispatch_uid="posts.like")
        signal.connect(_count_changed, sender="posts.Comment", dispatch_uid="posts.comment")
        signal.connect(_count_changed, sender="posts.Mute", dispatch_uid="posts.mute")
        signal.connect(_author_changed, sender="posts.User", dispatch_uid="posts.author")
    post_delete.connect(_session_ended, sender="sessions.Session", dispatch_uid="posts.session")
