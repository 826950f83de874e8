"""What the write side tells the rest of the program, and when.

`posts_changed`: what posts show has changed (a post, or its author's name or standing).
`counts_changed`: only the number of likes or comments has changed, or whom somebody mutes, or
a session has ended: pages for the signed-in know their viewer for as long as the counts stay.

Both are sent after commit and once per transaction, whatever was written in it and by whatever
path: models announce themselves here by Django's signals, bulk writes through their querysets.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

from freshcache.transactions import after_commit

if TYPE_CHECKING:
    from django.contrib.sessions.models import Session

posts_changed = Signal()
counts_changed = Signal()

# The fields of a user that a post shows, or that decide whether it is shown at all.
AUTHOR_FIELDS = frozenset(
    {"username", "display_name", "first_name", "last_name", "is_active", "bio", "picture"}
)


class _Signals:
    """Whom transactions tell, when they have committed, what they changed."""

    def changed(self, *, hard: bool, cause: str, using: str) -> None:
        signal = posts_changed if hard else counts_changed
        # Robust: the write is committed, so a listener's fault must not become the writer's.
        signal.send_robust(sender=None, cause=cause, using=using)


_signals = _Signals()


def announce_posts(cause: str, *, using: str | None = None) -> None:
    """Send `posts_changed` when the current transaction commits; at once in autocommit."""
    after_commit(_signals, cause, hard=True, using=using)


def announce_counts(cause: str, *, using: str | None = None) -> None:
    """Send `counts_changed` when the current transaction commits; at once in autocommit."""
    after_commit(_signals, cause, hard=False, using=using)


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
