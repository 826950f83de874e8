"""The signals that posts send after a write.

`posts_changed`: what posts show has changed (a post, or the name or status of its author).
`counts_changed`: only numbers of likes or comments, a mute, preferences, or the end of a session.
Pages for signed-in users keep what they know of their viewer until the counts change.

Both are sent after commit and once per transaction. Single writes announce themselves by Django's
signals, bulk writes by their querysets.

`powers_updated` is sent inside the transaction of a bulk write that sets powers, for the audit log.
`users` are the changed accounts, `values` maps fields to values.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

from freshcache.transactions import Change, after_commit

if TYPE_CHECKING:
    from django.contrib.sessions.models import Session

posts_changed = Signal()
counts_changed = Signal()
powers_updated = Signal()

# The fields of a user that a post shows, or that decide whether it is shown at all.
AUTHOR_FIELDS = frozenset(
    {"username", "display_name", "first_name", "last_name", "is_active", "bio", "avatar"}
)

# The fields that pages show only to the user. Where another program changes them by SQL, that is
# seen within 30 s.
VIEWER_FIELDS = frozenset({"preferences"})


class _Signals:
    """The receiver of committed changes: it sends the signal of the change."""

    def changed(self, change: Change, *, cause: str, using: str) -> None:
        signal = posts_changed if change == "content" else counts_changed
        # Robust: the write is committed, so a listener's fault must not become the writer's.
        signal.send_robust(sender=None, cause=cause, using=using)


_signals = _Signals()


def announce_posts(cause: str, *, using: str | None = None) -> None:
    """Send `posts_changed` when the current transaction commits; at once in autocommit."""
    after_commit(_signals, cause, change="content", using=using)


def announce_counts(cause: str, *, using: str | None = None) -> None:
    """Send `counts_changed` when the current transaction commits; at once in autocommit."""
    after_commit(_signals, cause, change="counts", using=using)


def _post_changed(*, using: str, signal: Signal, **kwargs: Any) -> None:
    announce_posts("post saved" if signal is post_save else "post deleted", using=using)


def _version_deleted(*, using: str, **kwargs: Any) -> None:
    announce_posts("version of a post deleted", using=using)


def _count_changed(*, sender: Any, using: str, **kwargs: Any) -> None:
    announce_counts(f"{sender.__name__.lower()} changed", using=using)


def _session_ended(*, instance: "Session", using: str, **kwargs: Any) -> None:
    if SESSION_KEY in instance.get_decoded():  # else the session had no user
        announce_counts("session ended", using=using)


def _author_changed(
    *, using: str, created: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    # A sign-in saves only last_login, and a new account has no posts.
    if not created and (update_fields is None or AUTHOR_FIELDS & update_fields):
        announce_posts("author changed", using=using)
    elif update_fields is not None and VIEWER_FIELDS & update_fields:
        announce_counts("viewer changed", using=using)


def connect() -> None:
    """Connect the signals of the models, by name: this module imports none of them."""
    post_delete.connect(_version_deleted, sender="posts.PostVersion", dispatch_uid="posts.version")
    for signal in (post_save, post_delete):
        signal.connect(_post_changed, sender="posts.Post", dispatch_uid="posts.post")
        signal.connect(_count_changed, sender="posts.Like", dispatch_uid="posts.like")
        signal.connect(_count_changed, sender="posts.Comment", dispatch_uid="posts.comment")
        signal.connect(
            _count_changed, sender="posts.CommentLike", dispatch_uid="posts.comment_like"
        )
        signal.connect(_count_changed, sender="posts.Mute", dispatch_uid="posts.mute")
        signal.connect(_author_changed, sender="posts.User", dispatch_uid="posts.author")
    post_delete.connect(_session_ended, sender="sessions.Session", dispatch_uid="posts.session")
