"""People: those whom a search or the beginning of a mention finds, and those with some ids."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap

from django.db import router
from django.db.models import Case, F, Func, Q, TextField, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import StartsWith

from feed.queries import has_words, limited_time
from posts.compiled_query import CompiledQuery, Parameter
from posts.models import User
from posts.rows import AuthorRow

# On the first page of a search.
MAX_PEOPLE = 5
# While a mention is typed.
MAX_COMPLETIONS = 8


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


def complete_people(beginning: str) -> list[AuthorRow]:
    """Return up to MAX_COMPLETIONS active users whom `beginning`, in lower case, may stand for.

    First those whose username begins with it, then those who have it in their names, as a search
    finds them; each by username.

    Raises:
        QueryTooSlowError: It takes more than SEARCH_MILLISECONDS.
    """
    with limited_time():
        compiled = _compiled_completions(router.db_for_write(User))
        return compiled.rows(beginning=beginning, query=beginning)


@lru_cache(maxsize=8)
def _compiled_completions(using: str) -> CompiledQuery[AuthorRow]:
    username = Lower("username", output_field=TextField())
    begins = Q(StartsWith(username, Parameter("beginning", TextField())))
    users = User.objects.using(using).filter(begins | Q(has_words(_names())), is_active=True)
    users = users.order_by(Case(When(begins, then=0), default=1), "username")
    rows = users.values_list(*AuthorRow._fields)
    return CompiledQuery(rows[:MAX_COMPLETIONS], lambda columns: AuthorRow(*columns))


def _names() -> Func:
    """Return all names of a user, written as in the index of migration 0012.

    `Concat` would guard each column against NULL, and PostgreSQL would read all users.
    """
    space = Value(" ")
    return Func(
        *(F("username"), space, F("display_name"), space, F("first_name"), space, F("last_name")),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=TextField(),
    )


@lru_cache(maxsize=8)
def _compiled_people(using: str) -> CompiledQuery[AuthorRow]:
    users = User.objects.using(using).filter(has_words(_names()), is_active=True)
    rows = users.order_by("username").values_list(*AuthorRow._fields)
    return CompiledQuery(rows[:MAX_PEOPLE], lambda columns: AuthorRow(*columns))
