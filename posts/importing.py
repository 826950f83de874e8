"""Add posts of other programs to the database, batch by batch, each of them once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from posts.errors import LineRefusedError
from posts.import_lines import ImportLine
from posts.models import DISPLAY_NAME_MAX_LENGTH, Post, User

SOURCE_MAX_LENGTH = 40  # with a colon and an id, it fits into Post.external_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one batch: numbers of posts, and the refused lines."""

    added: int
    skipped: int
    refused: list[LineRefusedError]


def is_used_by_a_person(user: User) -> bool:
    """Return whether a person may use the account, under whose name no file may post."""
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
    """Add one batch in one transaction.

    An entry that is in the database already is skipped. The counts are right with several imports
    at once: imports of the same posts have the same authors, whose rows are locked.
    """
    batch = list(entries)
    with transaction.atomic():
        fresh = _fresh({f"{source}:{entry.id}": entry for entry in reversed(batch)})
        names = sorted({entry.username for entry in fresh.values()})
        if not dry_run:
            _create_authors(names, fresh.values())
        # no_key: rows with a foreign key to these authors can be inserted meanwhile.
        locked = User.objects.select_for_update(no_key=True).order_by("pk")
        authors = {user.username: user for user in locked.filter(username__in=names)}
        fresh = _fresh(fresh)
        taken = {name for name, user in authors.items() if is_used_by_a_person(user)}
        refused = [
            LineRefusedError(f"a person uses the account {entry.username}", entry.line)
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
    """Return the entries that are not posts yet, by external id, in the order of the file."""
    posts = Post.objects.filter(external_id__in=entries)
    known = set(posts.values_list("external_id", flat=True))
    left = [(key, entry) for key, entry in entries.items() if key not in known]
    return dict(sorted(left, key=lambda item: item[1].line))


def _create_authors(names: list[str], entries: Iterable[ImportLine]) -> None:
    """Create the missing accounts, without a password, so no sign-in to them is possible.

    Sorted by name, so that two imports at once can't deadlock.
    """
    missing = set(names).difference(
        User.objects.filter(username__in=names).values_list("username", flat=True)
    )
    # A longer name is shown in full too: pages show the username if there is no display name.
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
    return Post(author=author, created_at=entry.created_at, external_id=external_id, **entry.texts)
