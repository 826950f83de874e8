"""Locks on tables, for tests of hanging queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def locked_posts() -> Iterator[psycopg.Connection[Any]]:
    """Lock the table of posts, as a migration does; yield the session that holds the lock.

    Queries of posts wait until their time limit.
    """
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters) as session:
        session.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield session
        session.rollback()
