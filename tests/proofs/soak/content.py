"""Create the initial rows, in a separate process: `python -m tests.proofs.soak.content`.

Migrates the database and prints the tokens and the posts as JSON.
"""

import json
import sys
from datetime import timedelta

import django

OLD_POSTS = 2_000  # enough that the planner uses the index, as it does for a large table


def make(writers: int, commented: list[str]) -> dict[str, list[str]]:
    """Create `writers` moderators with a token each, old posts, and posts to comment on.

    Moderators may edit the posts of others. Many are needed: the limit is 120 writes per minute
    and account. `commented`: texts of the posts to comment on.
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
        for n in range(OLD_POSTS)
    )
    posts = Post.objects.bulk_create(
        Post(author=people[0], content=content, created_at=now - timedelta(hours=12))
        for content in commented
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "tokens": [tokens.issue(person).secret for person in people],
        "posts": [str(post.pk) for post in posts],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make(int(sys.argv[1]), sys.argv[2:])))  # noqa: T201 -- the output of this program
