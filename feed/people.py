"""People: those whom a search finds by their names, and those with some ids."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap

from django.db import router
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat

from feed.queries import has_words, limited_time
from posts.compiled_query import CompiledQuery
from posts.models import User
from posts.rows import AuthorRow

# On the first page of a search.
MAX_PEOPLE = 5


def search_people(query: str) -> list[AuthorRow]:
    """Return up to MAX_PEOPLE active users whose names have all words of `query`, by username.

    Raises:
        QueryTooSlowError: It takes more than SEARCH_MILLISECONDS.
    """
    with limited_time():
        return _compiled_people(router.db_for_write(User)).rows(query=query)


def people_by_id(ids: Sequence[int]) -> list[AuthorRow]:
    """Return the active ones of these users, in this order."""
    users = User.objects.using(router.db_for_write(User)).filter(pk__in=ids, is_active=True)
    found = {row.pk: row for row in starmap(AuthorRow, users.values_list(*AuthorRow._fields))}
    return [found[pk] for pk in ids if pk in found]


@lru_cache(maxsize=8)
def _compiled_people(using: str) -> CompiledQuery[AuthorRow]:
    # As in the index of migration 0012.
    names: F | Concat = F("username")
    for name in ("display_name", "first_name", "last_name"):
        names = Concat(names, Value(" "), F(name), output_field=TextField())
    users = User.objects.using(using).filter(has_words(names), is_active=True)
    rows = users.order_by("username").values_list(*AuthorRow._fields)
    return CompiledQuery(rows[:MAX_PEOPLE], lambda columns: AuthorRow(*columns))
