"""Lines of PostgreSQL's log that count as queries of a reader."""

import pytest

from benchmarks.query_log import ANY


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ('SELECT "posts_post"."id" FROM "posts_post"', True),
        ('SELECT 1 AS "a" FROM "posts_like" LIMIT 1', True),
        ("INSERT INTO posts_post VALUES ($1)", True),
        ("BEGIN", False),
        ("SELECT 1\n", False),  # the listener's check of its connection
        ("SELECT pg_try_advisory_lock($1)", False),  # the listener's lock
    ],
)
def test_only_queries_of_readers_are_counted(statement: str, counts: bool) -> None:
    for kind in ("statement", "execute <unnamed>"):
        assert bool(ANY.search(f"LOG:  {kind}: {statement}")) is counts
