"""Posts from elsewhere into the database, batch by batch, each of them once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from posts.import_lines import ImportLine, RefusedError
from posts.models import Post, User

SOURCE_MAX_LENGTH = 40  # with a colon and an id it fits into Post.external_id
DISPLAY_NAME_MAX_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    added: int
    skipped: int
    refused: list[RefusedError]


def belongs_to_somebody(user: User) -> bool:
    """Whether a person may stand behind the account: nobody else posts in their name."""
    return bool(
        user.has_usable_password()
        or user.email
        or user.last_login
        or user.is_staff
        or user.is_superuser
    )


def add(
    entries: Iterable[ImportLine], *, source: str, allow_existing: bool, dry_run: bool = False
) -> Outcome:
    """Add one batch in one transaction, and say what became of it.

    An entry that is already there, from this file or another run, is skipped. The counts hold with
    several imports at once: those of the same posts have the same authors, whose rows are locked.
    """
    batch = list(entries)
    with transaction.atomic():
        fresh = _fresh({f"{source}:{entry.id}": entry for entry in reversed(batch)})
        names = sorted({entry.username for entry in fresh.values()})
        if not dry_run:
            _create_authors(names, fresh.values())
        # Foreign keys that point at these rows are not held up by a lock that spares the key.
        locked = User.objects.select_for_update(no_key=True).order_by("pk")
        authors = {user.username: user for user in locked.filter(username__in=names)}
        fresh = _fresh(fresh)
        taken = {name for name, user in authors.items() if belongs_to_somebody(user)}
        refused = [
            RefusedError(f"the account {entry.username} belongs to somebody here", entry.line)
            for entry in fresh.values()
            if entry.username in taken and not allow_existing
        ]
        lines = {refusal.line for refusal in refused}
        chosen = {key: entry for key, entry in fresh.items() if entry.line not in lines}
        if chosen and not dry_run:
            posts = (_post(key, entry, authors[entry.username]) for key, entry in chosen.items())
            Post.objects.bulk_create(posts, ignore_conflicts=True)
    return Outcome(len(chosen), len(batch) - len(chosen) - len(refused), refused)


def _fresh(entries: dict[str, ImportLine]) -> dict[str, ImportLine]:
    """Those that are not posts yet, by external id and in the order of the file."""
    posts = Post.objects.filter(external_id__in=entries)
    known = set(posts.values_list("external_id", flat=True))
    left = [(key, entry) for key, entry in entries.items() if key not in known]
    return dict(sorted(left, key=lambda item: item[1].line))


def _create_authors(names: list[str], entries: Iterable[ImportLine]) -> None:
    """Make accounts that nobody can sign in to.

    Sorted, so that two imports at once can't wait for each other in a circle.
    """
    missing = set(names).difference(
        User.objects.filter(username__in=names).values_list("username", flat=True)
    )
    # A longer one is shown whole all the same: without a display name, it is the username.
    shown = {
        entry.username: entry.author
        for entry in entries
        if len(entry.author) <= DISPLAY_NAME_MAX_LENGTH
    }
    User.objects.bulk_create(
        [
            User(username=name, display_name=shown.get(name, ""), password=make_password(None))
            for name in sorted(missing)
        ],
        ignore_conflicts=True,
    )


def _post(external_id: str, entry: ImportLine, author: User) -> Post:
    return Post(
        author=author, content=entry.text, created_at=entry.created_at, external_id=external_id
    )
