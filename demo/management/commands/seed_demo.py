"""manage.py seed_demo: fill the feed with posts by fictional people, the same for each seed."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from demo.gallery import Gallery
from demo.loader import Author, content
from demo.plan import DAYS, Plan
from demo.seeding import Participants, Seeding
from demo.tables import ContentError
from demo.text_generator import TextGenerator
from posts.importing import is_used_by_a_person
from posts.models import Post, User

MAX_POSTS = 1_000_000
DEMO_USER, ADMIN_USER = "demo", "admin"
MAX_YEARS = 4  # since an account was made


class Command(BaseCommand):
    help = (
        "Fill the feed with demo posts, images, likes and comments by fictional people. A second"
        " run adds nothing; with a larger --posts it adds the difference. It creates the accounts"
        " demo and admin (a superuser) with the password in DEMO_PASSWORD. Without DEMO_PASSWORD"
        " they cannot sign in. Existing accounts are not changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--posts", type=int, default=500, help="number of posts in all (%(default)s)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="seed of the random content (%(default)s)"
        )

    def handle(self, *args: Any, posts: int, seed: int, **options: Any) -> None:
        if not 0 <= posts <= MAX_POSTS:
            raise CommandError(f"--posts must be from 0 to {MAX_POSTS:,}.")
        try:
            loaded = content()
        except ContentError as error:
            raise CommandError(str(error)) from error
        plan = Plan(seed, timezone.now(), loaded.stories)
        with Gallery() as gallery, transaction.atomic():
            self._make_account(DEMO_USER, display_name="Demo")
            self._make_account(ADMIN_USER, display_name="Admin", is_staff=True, is_superuser=True)
            # A concurrent command waits here, and then finds all posts present.
            User.objects.select_for_update(no_key=True).get(username=DEMO_USER)
            participants = _participants(loaded.people, plan, gallery)
            before = _highest_number()
            seeding = Seeding(participants, plan, TextGenerator(loaded), gallery)
            likes, comments = seeding.add(range(before + 1, posts + 1))
        added = max(0, posts - before)
        self.stdout.write(
            f"{added:,} posts added, with {likes:,} likes and {comments:,} comments,"
            f" by {len(participants)} people; {before:,} posts existed before."
        )

    def _make_account(self, username: str, **fields: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD") or None
        _, created = User.objects.get_or_create(
            username=username, defaults={"password": lambda: make_password(password), **fields}
        )
        if not created:
            self.stdout.write(f"The account {username} exists already and is not changed.")
        elif password:
            self.stdout.write(f"The account {username} has the password in DEMO_PASSWORD.")
        else:
            self.stdout.write(
                f"The account {username} cannot sign in: DEMO_PASSWORD is not set."
                f" Set a password with: manage.py changepassword {username}"
            )


def _participants(people: Sequence[Author], plan: Plan, gallery: Gallery) -> Participants:
    """Return the authors with their accounts, without names that real people of this site have.

    Missing accounts are created.
    """
    authors = {author.username: author for author in people}
    existing = set(User.objects.filter(username__in=authors).values_list("username", flat=True))
    missing = [author for name, author in authors.items() if name not in existing]
    User.objects.bulk_create(
        [_account(author, plan, gallery) for author in missing], ignore_conflicts=True
    )
    accounts = {user.username: user for user in User.objects.filter(username__in=authors)}
    free = [name for name in authors if not is_used_by_a_person(accounts[name])]
    return [(accounts[name], authors[name]) for name in free]


def _account(author: Author, plan: Plan, gallery: Gallery) -> User:
    days = plan.rng(author.username).randint(DAYS + 1, MAX_YEARS * 365)
    stored = gallery.of_person(author.picture) if author.picture else None
    return User(
        username=author.username,
        display_name=author.display_name,
        bio=author.bio,
        avatar=stored.name if stored else "",
        avatar_bytes=stored.size if stored else 0,
        date_joined=plan.now - timedelta(days=days),
        password=make_password(None),
    )


def _highest_number() -> int:
    """Return the highest number of a demo post. Deleted posts below it are not created again."""
    ids = Post.objects.filter(external_id__startswith="demo:").values_list("external_id", flat=True)
    return max((int(str(id_).removeprefix("demo:")) for id_ in ids.iterator()), default=0)
