"""Writes around the models, which announce nothing: pages show them after the TTL.

On PostgreSQL, triggers notify a listener (feed/listener.py), if one runs, within 250 ms. In these
tests none runs.
"""

from django.db import connection

from posts.models import Post, User
from tests.unit.feed.writes.world import World, Write


def _raw_sql(w: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_post SET content = %s WHERE id = %s", ["Raw", w.post.pk])


def _raw_delete(w: World) -> None:
    _raw = Post.objects.filter(pk=w.other.pk)
    _raw._raw_delete(_raw.db)


NOT_COVERED: dict[str, Write] = {
    "raw SQL": _raw_sql,
    "QuerySet._raw_delete": _raw_delete,
    # A sign-up is no change of the feed. A name that a text has already becomes a link.
    "account with a mentioned name": lambda _: User.objects.create_user("newcomer"),
    # Django's second manager of a model. For users it announces nothing.
    "User._base_manager": lambda w: User._base_manager.filter(pk=w.ada.pk).update(
        display_name="Countess"
    ),
}
