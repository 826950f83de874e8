"""Empty the test database after a test that committed rows.

Django's `flush` truncates every table, each with all of its indexes, and then makes content types
and permissions anew: 90 ms on PostgreSQL. Most tests write to three or four tables, so deleting
their few rows takes 3 ms.
"""

from django.db import connection, transaction


class Tables:
    """The tables that are empty after the migrations. Content types and permissions stay."""

    def __init__(self) -> None:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [connection.ops.quote_name(name) for name in sorted(names)]
        filled = self._filled(tables)
        self.tables = [table for table in tables if table not in filled]

    def empty(self) -> None:
        """Delete all rows. Neither triggers nor foreign keys are run for it."""
        if not (filled := self._filled(self.tables)):
            return
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            else:
                cursor.execute("PRAGMA defer_foreign_keys = ON")
            for table in filled:
                cursor.execute(f"DELETE FROM {table}")

    @staticmethod
    def _filled(tables: list[str]) -> set[str]:
        found = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(found))
            return {name for (name,) in cursor.fetchall()}
