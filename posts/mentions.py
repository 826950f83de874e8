"""The people whom texts mention: only names of active accounts are linked.

Names are looked up when a page is loaded: one query for all its texts, and none if they have no
mention. So nothing has to be kept in step when a text is written by another program, or when an
account is made, renamed, deactivated or deleted.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import router
from django.db.models import F, Q, TextField
from django.db.models.functions import Lower
from django.db.models.lookups import In

from posts.compiled_query import CompiledQuery, Parameter
from posts.links import author_path
from posts.models import User
from posts.source_code import without_code
from posts.text import MENTION, MENTIONS_MAX
from posts.usernames import normalized

# Numbers of names in one query. A list is filled up to the next of them, so that few are compiled.
SIZES = (4, 20, 100)
NO_NAME = ""  # no account has it


class _Person(NamedTuple):
    pk: int
    username: str


def names(text: str) -> list[str]:
    """Return the names after each @ that may be linked, as they are written."""
    if "@" not in text:
        return []
    found = MENTION.finditer(without_code(text))
    return [one[1] for one in islice(found, MENTIONS_MAX)]


def mentioned(texts: Iterable[str]) -> dict[str, str]:
    """Return the names in these texts that are active accounts', each with the path of its page.

    Case does not matter, nor how Unicode writes an accent. If several accounts have such a name,
    it is the one with exactly this name, else the one in lower case, else the oldest.
    """
    written = sorted({name for text in texts if "@" in text for name in names(text)})
    if not written:
        return {}
    people: dict[str, list[_Person]] = {}
    for person in _people(written):
        people.setdefault(normalized(person.username), []).append(person)
    found = {}
    for name in written:
        if alike := people.get(lower := normalized(name)):
            person = min(alike, key=lambda one: (one.username != name, one.username != lower, one))
            found[name] = author_path(person.pk, person.username)
    return found


def within(text: str, found: Mapping[str, str]) -> dict[str, str]:
    """Return the part of `found`, a result of `mentioned`, that this text needs."""
    return {name: found[name] for name in names(text) if name in found}


def _people(written: list[str]) -> list[_Person]:
    # In lower case as the database does it, which may know fewer letters, and as Python does.
    given = list(dict.fromkeys([*written, *map(normalized, written), *map(str.lower, written)]))
    size = next((size for size in SIZES if len(given) <= size), -(-len(given) // 100) * 100)
    given += [NO_NAME] * (size - len(given))
    values = {f"name{place}": name for place, name in enumerate(given)}
    return _compiled(router.db_for_write(User), size).rows(**values)


@lru_cache(maxsize=64)
def _compiled(using: str, size: int) -> CompiledQuery[_Person]:
    names = [Parameter(f"name{place}", TextField()) for place in range(size)]
    alike = In(Lower("username", output_field=TextField()), names)
    users = User.objects.using(using).filter(Q(alike) | Q(In(F("username"), names)), is_active=True)
    return CompiledQuery(users.values_list("pk", "username"), _Person._make)
