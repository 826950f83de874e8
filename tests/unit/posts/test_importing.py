"""Adding imported lines to the database: each once, and only under accounts without a person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from posts.import_lines import ImportLine
from posts.importing import Outcome, add
from posts.models import Post, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NO_PERSON: dict[str, Any] = {"password": None, "email": ""}
IN_USE: list[dict[str, Any]] = [
    {"password": "correct horse battery"},
    {"email": "ada@example.org"},
    {"is_staff": True},
    {"is_superuser": True},
    {"last_login": timezone.now()},
]


def entry(line: int = 1, *, text: str = "", **fields: Any) -> ImportLine:
    given = {"id": str(line), "author": "ada"} | fields
    texts = {"content": text or f"Fresh figs, number {line}."}
    return ImportLine(line=line, created_at=datetime(2020, 5, 1, tzinfo=UTC), texts=texts, **given)


def add_all(*entries: ImportLine, allow_existing: bool = False, source: str = "import") -> Outcome:
    return add(entries, source=source, allow_existing=allow_existing)


def test_first_line_of_a_repeated_id_is_added() -> None:
    outcome = add_all(entry(1, text="first"), entry(2), entry(3, id="1", text="second"))
    assert (outcome.added, outcome.skipped) == (2, 1)
    assert Post.objects.get(external_id="import:1").content == "first"


def test_posts_are_added_in_the_order_of_the_file() -> None:
    add_all(entry(1, id="b"), entry(2, id="a"), entry(3, id="c"))
    ids = Post.objects.order_by("pk").values_list("external_id", flat=True)
    assert list(ids) == ["import:b", "import:a", "import:c"]


def test_existing_posts_are_skipped() -> None:
    add_all(entry(1), entry(2))
    outcome = add_all(entry(1), entry(2), entry(3))
    assert (outcome.added, outcome.skipped, outcome.refused) == (1, 2, [])


def test_same_id_of_another_source_is_another_post() -> None:
    add_all(entry())
    assert add_all(entry(), source="forum.example.org").added == 1
    assert Post.objects.filter(external_id="forum.example.org:1").exists()


def test_authors_that_differ_only_in_case_are_one_account() -> None:
    add_all(entry(1, author="ada"), entry(2, author="Ada"))
    assert User.objects.get().username == "ada"


def test_long_name_is_shown_in_full() -> None:
    add_all(entry(author="a" * 150))
    assert User.objects.get().shown_name == "a" * 150


@pytest.mark.parametrize("account", IN_USE)
@pytest.mark.parametrize("author", ["ada", "Ada", "\uff21\uff24\uff21"])
def test_lines_of_an_account_in_use_are_refused(account: dict[str, Any], author: str) -> None:
    UserFactory.create(username="ada", **(NO_PERSON | account))
    outcome = add_all(entry(7, author=author), entry(8, author="bob"))
    assert (outcome.added, outcome.skipped) == (1, 0)
    assert [(refused.line, str(refused)) for refused in outcome.refused] == [
        (7, "a person uses the account ada")
    ]
    assert Post.objects.get().author.username == "bob"


def test_account_without_a_person_is_used() -> None:
    ada = UserFactory.create(username="ada", **NO_PERSON)
    assert add_all(entry()).added == 1
    assert Post.objects.get().author == ada


def test_account_in_use_is_used_with_allow_existing() -> None:
    ada = UserFactory.create(username="ada")
    assert add_all(entry(), allow_existing=True).added == 1
    assert Post.objects.get().author == ada


def test_existing_posts_of_an_account_taken_into_use_are_skipped() -> None:
    add_all(entry())
    ada = User.objects.get(username="ada")
    ada.set_password("correct horse battery")
    ada.save()
    assert add_all(entry()) == Outcome(added=0, skipped=1, refused=[])


def test_renamed_author_is_not_created_again() -> None:
    add_all(entry())
    User.objects.filter(username="ada").update(username="ada.l")
    add_all(entry())
    assert User.objects.get().username == "ada.l"


def test_posts_of_deactivated_author_stay_hidden() -> None:
    UserFactory.create(username="ada", is_active=False, **NO_PERSON)
    add_all(entry())
    assert Post.objects.count() == 1
    assert not Post.objects.visible().exists()


def test_longest_source_and_id_fit_into_the_database() -> None:
    assert add_all(entry(id="1" * 150), source="s" * 40).added == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_concurrent_imports_count_each_post_once(
    wait_until: Callable[..., None],
) -> None:
    entries = [entry(number) for number in range(50)]
    add_all(entry(99))  # so that the author is there already

    def add_elsewhere() -> Outcome:
        try:
            return add_all(*entries)
        finally:
            connection.close()

    def waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return bool(cursor.fetchone()[0])

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            assert add_all(*entries[:30]).added == 30
            elsewhere = pool.submit(add_elsewhere)
            wait_until(waiting)
        outcome = elsewhere.result()
    assert (outcome.added, outcome.skipped) == (20, 30)
    assert Post.objects.count() == 51
