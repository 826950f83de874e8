"""Inserts of single rows whose SQL Django compiles once.

Django makes the SQL of an INSERT anew for each row, which costs more than to send it. `save` and
`create` insert through the base manager, so that a model whose base manager has this queryset is
saved as ever, with all signals; only the text of the statement is kept.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connections, models
from django.db.models.sql import InsertQuery

from freshcache.django.querysets import AnnouncingQuerySet

Row = TypeVar("Row", bound=models.Model)
Rows = list[tuple[Any, ...]]
# Model, database, number of fields: with or without the id.
Key = tuple[type[models.Model], str, int]

_compiled: dict[Key, "_CompiledInsert | None"] = {}


class _CompiledInsert:
    """The SQL of an INSERT of one row. Thread-safe."""

    def __init__(self, compiler: Any, fields: Sequence[Any], using: str) -> None:
        ((self._sql, parameters),) = compiler.as_sql()
        self._returning = compiler.returning_params
        self._fields = fields
        self._using = using
        connection = connections[using]
        columns = [field.get_col(field.model._meta.db_table) for field in compiler.returning_fields]  # noqa: SLF001 -- Django documents it
        self.is_plain = (
            connection.features.can_return_columns_from_insert
            and len(parameters) == len(fields) + len(self._returning)
            and not any(hasattr(field, "get_placeholder") for field in fields)
            and not compiler.get_converters(columns)
        )

    def run(self, row: models.Model) -> Rows:
        """Insert the row; return what the database has chosen for it."""
        connection: Any = connections[self._using]
        parameters = [
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [*parameters, *self._returning])
            return [connection.ops.fetch_returned_insert_columns(cursor, self._returning)]


class CompiledInserts(AnnouncingQuerySet[Row]):
    """A queryset that inserts single rows of plain values by compiled SQL."""

    def _insert(
        self,
        objs: Sequence[Row],
        fields: Sequence[Any],
        returning_fields: Sequence[Any] | None = None,
        raw: bool = False,
        using: str | None = None,
        **conflict: Any,
    ) -> Rows:
        if using and returning_fields and len(objs) == 1 and not raw and not any(conflict.values()):
            (row,) = objs
            insert = _insert_of(row, fields, returning_fields, using)
            if insert is not None:
                return insert.run(row)
        rows: Rows = super()._insert(  # type: ignore[misc] # the stubs lack it
            objs, fields, returning_fields=returning_fields, raw=raw, using=using, **conflict
        )
        return rows


def _insert_of(
    row: models.Model, fields: Sequence[Any], returning: Sequence[Any], using: str
) -> _CompiledInsert | None:
    """Return the compiled INSERT for a row; None if Django must make its SQL."""
    values = row.__dict__
    if any(hasattr(values.get(field.attname), "resolve_expression") for field in fields):
        return None
    key = type(row), using, len(fields)
    if key not in _compiled:
        query = InsertQuery(type(row))
        query.insert_values(fields, [row])
        compiler: Any = query.get_compiler(using=using)
        compiler.returning_fields = returning
        insert = _CompiledInsert(compiler, tuple(fields), using)
        _compiled[key] = insert if insert.is_plain else None
    return _compiled[key]
