"""manage.py seed_demo: a feed that looks lived in, the same one each time."""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from posts import demo
from posts.importing import belongs_to_somebody
from posts.models import Comment, Like, Post, User

MOST_POSTS = 1_000_000
BATCH = 1_000
DAYS = 28
# How busy the hours of a day are, from midnight on.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 8, 7, 7, 9, 8, 6, 6, 7, 8, 9, 11, 12, 10, 6, 3)
DEMO_USER, ADMIN_USER = "demo", "admin"


class Command(BaseCommand):
    help = (
        "Fill the feed with demo posts, likes and comments by made-up people. Running it again adds"
        " nothing; with a larger --posts it adds the difference. The accounts demo and admin (a"
        " superuser) are made with the password in DEMO_PASSWORD, and nobody can sign in to them"
        " if it is not set; an account that is there already is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--posts", type=int, default=500, help="how many in all (%(default)s)")
        parser.add_argument(
            "--seed", type=int, default=1, help="another number, other content (%(default)s)"
        )

    def handle(self, *args: Any, posts: int, seed: int, **options: Any) -> None:
        if not 0 <= posts <= MOST_POSTS:
            raise CommandError(f"--posts must be from 0 to {MOST_POSTS:,}.")
        with transaction.atomic():
            self._make_account(DEMO_USER, display_name="Demo")
            self._make_account(ADMIN_USER, display_name="Admin", is_staff=True, is_superuser=True)
            # Two at once: the second one waits here, and then finds everything done.
            User.objects.select_for_update(no_key=True).get(username=DEMO_USER)
            writers = _writers()
            before = _highest_number()
            likes, comments = _seed(writers, range(before + 1, posts + 1), seed=seed)
        added = max(0, posts - before)
        self.stdout.write(
            f"{added:,} posts added, with {likes:,} likes and {comments:,} comments,"
            f" by {len(writers)} people; {before:,} were there."
        )

    def _make_account(self, username: str, **fields: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD") or None
        _, created = User.objects.get_or_create(
            username=username, defaults={"password": lambda: make_password(password), **fields}
        )
        if not created:
            self.stdout.write(f"The account {username} is there already and left as it is.")
        elif password:
            self.stdout.write(f"The account {username} has the password in DEMO_PASSWORD.")
        else:
            self.stdout.write(
                f"Nobody can sign in as {username}: DEMO_PASSWORD is not set."
                f" Give it a password with: manage.py changepassword {username}"
            )


def _writers() -> list[tuple[User, demo.Author]]:
    """The demo's authors with their accounts, without those whose name belongs to a person here."""
    authors = {author.username: author for author in demo.AUTHORS}
    User.objects.bulk_create(
        [
            User(
                username=author.username,
                display_name=author.display_name,
                password=make_password(None),
            )
            for author in demo.AUTHORS
        ],
        ignore_conflicts=True,
    )
    accounts = {user.username: user for user in User.objects.filter(username__in=authors)}
    free = [name for name in authors if not belongs_to_somebody(accounts[name])]
    return [(accounts[name], authors[name]) for name in free]


def _highest_number() -> int:
    """The highest number of a demo post: one that somebody has deleted does not come back."""
    ids = Post.objects.filter(external_id__startswith="demo:").values_list("external_id", flat=True)
    return max((int(str(id_).removeprefix("demo:")) for id_ in ids.iterator()), default=0)


def _seed(writers: list[tuple[User, demo.Author]], numbers: range, *, seed: int) -> tuple[int, int]:
    """Add the posts of `numbers` with what follows them; return the numbers of likes and comments.

    What a post says depends on the seed and its own number alone, not on how many there are.
    """
    now = timezone.now()
    likes = comments = 0
    # The oldest first, so that ids grow with time as they do in life.
    planned = iter(sorted((_moment(Random(f"{seed} {n} when"), now), n) for n in numbers))
    while batch := list(islice(planned, BATCH)):
        dice = [Random(f"{seed} {number} what") for _, number in batch]
        posts = Post.objects.bulk_create(
            [
                _post(rng, writers, created_at=moment, number=number)
                for rng, (moment, number) in zip(dice, batch, strict=True)
            ]
        )
        users = [user for user, _ in writers]
        pairs = list(zip(dice, posts, strict=True))
        likes += len(
            Like.objects.bulk_create(
                [like for rng, post in pairs for like in _likes(rng, post, users, now)]
            )
        )
        comments += len(
            Comment.objects.bulk_create(
                [comment for rng, post in pairs for comment in _comments(rng, post, users, now)]
            )
        )
    return likes, comments


def _moment(rng: Random, now: datetime) -> datetime:
    """A moment in the last weeks: recent days and the hours when people are up are likelier."""
    moment = (now - timedelta(days=int(DAYS * rng.random() ** 1.3))).replace(
        hour=rng.choices(range(24), weights=HOURS)[0],
        minute=rng.randrange(60),
        second=rng.randrange(60),
        microsecond=rng.randrange(1_000_000),
    )
    return moment if moment < now else moment - timedelta(days=1)


def _post(
    rng: Random,
    writers: list[tuple[User, demo.Author]],
    *,
    created_at: datetime,
    number: int,
) -> Post:
    # A few people write much, and most write now and then.
    weights = [1 / (place + 3) for place in range(len(writers))]
    user, author = rng.choices(writers, weights=weights)[0]
    return Post(
        author=user,
        content=demo.post_text(rng, author),
        created_at=created_at,
        external_id=f"demo:{number}",
    )


def _likes(rng: Random, post: Post, users: list[User], now: datetime) -> Iterator[Like]:
    for user in rng.sample(users, k=_long_tail(rng, slope=1.0, most=len(users))):
        yield Like(post=post, user=user, created_at=_after(rng, post, now))


def _comments(rng: Random, post: Post, users: list[User], now: datetime) -> Iterator[Comment]:
    for moment in sorted(
        _after(rng, post, now) for _ in range(_long_tail(rng, slope=1.3, most=20))
    ):
        yield Comment(
            post=post,
            author=rng.choice(users),
            content=demo.comment_text(rng),
            created_at=moment,
        )


def _long_tail(rng: Random, *, slope: float, most: int) -> int:
    """From 0 to `most`: mostly none or one, and once in a while a great many."""
    count = int(rng.paretovariate(slope)) - 1
    return count if count <= most else rng.randint(0, most)


def _after(rng: Random, post: Post, now: datetime) -> datetime:
    """Soon after the post, rather than late, and not in the future."""
    return post.created_at + (now - post.created_at) * rng.random() ** 4
