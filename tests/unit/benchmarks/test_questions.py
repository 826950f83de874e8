"""Which lines of PostgreSQL's log are a reader's questions."""

import pytest

from benchmarks.questions import ANY


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ('SELECT "posts_post"."id" FROM "posts_post"', True),
        ('SELECT 1 AS "a" FROM "posts_like" LIMIT 1', True),
        ("INSERT INTO posts_post VALUES ($1)", True),
        ("BEGIN", False),
        ("SELECT 1\n", False),  # a listener's, that its session is alive
        ("SELECT pg_try_advisory_lock($1)", False),  # and for its turn
    ],
)
def test_those_are_counted_that_were_asked_for_a_reader(statement: str, counts: bool) -> None:
    for kind in ("statement", "execute <unnamed>"):
        assert bool(ANY.search(f"LOG:  {kind}: {statement}")) is counts
