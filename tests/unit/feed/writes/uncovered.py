"""Ways around the models, which announce nothing: what they change shows after the TTL.

On PostgreSQL the triggers notify of them, too, and where a listener runs (feed/listener.py) the
bound is its quarter of a second; here none does.
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
    # Django's own second manager of a model, which is a plain one for users.
    "User._base_manager": lambda w: User._base_manager.filter(pk=w.ada.pk).update(
        display_name="Countess"
    ),
}
