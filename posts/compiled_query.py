"""Queries that Django compiles once and the database runs many times.

Django makes the SQL of a queryset anew each time it is evaluated. For a page of 20 posts that
costs about ten times what the database needs to run it, and model objects cost as much again.
Here the ORM still describes the query, so it stays readable and portable; only its SQL is kept.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import Expression, Field, QuerySet

Row = TypeVar("Row", bound=NamedTuple)


class Parameter(Expression):
    """A value that a compiled query is given each time it runs, by name.

    `output_field` adapts the value to the database, as it does in a lookup.
    """

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class CompiledQuery(Generic[Row]):
    """The SQL of `queryset` (a `values_list`), whose rows `make` turns into named tuples.

    Values that differ from run to run are `Parameter`s in the queryset. It runs on the queryset's
    database, in whatever transaction is open there. Thread-safe.
    """

    def __init__(
        self, queryset: "QuerySet[Any, Any]", make: Callable[[Sequence[Any]], Row]
    ) -> None:
        self._using = queryset.db
        self._make = make
        compiler = queryset.query.get_compiler(self._using)
        self.sql, self._parameters = compiler.as_sql()
        # Position and expression of each column whose values Django converts.
        connection = connections[self._using]
        self._converted = [
            (place, expression)
            for place, (expression, *_) in enumerate(compiler.select)
            if _converters(expression, connection)
        ]

    def rows(self, **values: Any) -> list[Row]:
        """Run it with these values of its parameters."""
        connection = connections[self._using]
        parameters = [
            given.output_field.get_db_prep_value(values[given.name], connection)
            if isinstance(given, Parameter)
            else given
            for given in self._parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows: list[Sequence[Any]] = cursor.fetchall()
        make = self._make
        if not self._converted:
            return [make(row) for row in rows]
        converters = [
            (place, expression, _converters(expression, connection))
            for place, expression in self._converted
        ]
        return [make(_convert(row, converters, connection)) for row in rows]


Converter = Callable[[Any, Expression, Any], Any]


def _converters(expression: Any, connection: Any) -> list[Converter]:
    """Return what Django applies to a value from this database."""
    return [
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    ]


def _convert(
    row: Sequence[Any], converters: list[tuple[int, Any, list[Converter]]], connection: Any
) -> list[Any]:
    values = list(row)
    for place, expression, functions in converters:
        for convert in functions:
            values[place] = convert(values[place], expression, connection)
    return values
