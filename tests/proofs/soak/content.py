"""Make the rows that a run begins with, in its own process: `python -m tests.proofs.soak.content`.

It migrates the database of the environment and prints, as JSON, the tokens and the posts.
"""

import json
import sys
from datetime import timedelta

import django

FILLING = 2_000  # posts, so that the planner takes the index that a large table would need


def make(writers: int, counted: list[str]) -> dict[str, list[str]]:
    """`writers` tokens of moderators, who may edit what others wrote, and posts to comment on.

    So many, for each one may write 120 times a minute.
    """
    from django.contrib.auth.models import Permission
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from posts import tokens
    from posts.models import Post, User

    call_command("migrate", verbosity=0)
    now = timezone.now()
    people = User.objects.bulk_create(
        User(username=f"writer{n}", email=f"writer{n}@example.org") for n in range(writers)
    )
    for power in Permission.objects.filter(codename__in=("change_post", "delete_post")):
        power.user_set.set(people)
    Post.objects.bulk_create(
        Post(author=people[0], content=f"An older post, {n}.", created_at=now - timedelta(days=1))
        for n in range(FILLING)
    )
    posts = Post.objects.bulk_create(
        Post(author=people[0], content=content, created_at=now - timedelta(hours=12))
        for content in counted
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "tokens": [tokens.issue(person).secret for person in people],
        "posts": [str(post.pk) for post in posts],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make(int(sys.argv[1]), sys.argv[2:])))  # noqa: T201 -- for whoever started it
