"""The limits of the models as constraints of the database, on a site in use.

Rows of an older release may break a limit. They stay as they are, and a warning names them. The
limit holds for every row that is inserted or updated from now on.
"""

from contextlib import contextmanager

import structlog
from django.db import migrations, models, transaction

log = structlog.get_logger(__name__)
ROWS_NAMED = 20  # in the warning


class AddLimit(migrations.AddConstraint):
    """Add a check constraint, without a long lock and without stopping at rows that break it.

    PostgreSQL: NOT VALID takes a short lock and reads no row; the validation afterwards lets
    others read and write. SQLite: the table is copied, with checks switched off meanwhile. A later
    migration that copies the table checks all rows, so the warning asks to correct them.
    Run again after an interruption, it goes on.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            self._add_to_postgresql(app_label, schema_editor, to_state)
        else:
            with _unchecked(schema_editor.connection):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            self._warn(app_label, schema_editor, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        # SQLite copies the rows under the limits that stay, which some of them may break.
        with _unchecked(schema_editor.connection):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _add_to_postgresql(self, app_label, schema_editor, to_state):
        connection = schema_editor.connection
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = model._meta.db_table, self.constraint.name
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, table)
        if name not in there:
            added = self.constraint.create_sql(model, schema_editor)
            schema_editor.execute(f"{added} NOT VALID", params=None)
        if not self._warn(app_label, schema_editor, to_state):
            quoted = schema_editor.quote_name(table), schema_editor.quote_name(name)
            schema_editor.execute("ALTER TABLE {} VALIDATE CONSTRAINT {}".format(*quoted))

    def _warn(self, app_label, schema_editor, to_state):
        """Return the ids of some rows that break the limit, after a warning that names them."""
        if schema_editor.collect_sql:
            return []
        model = to_state.apps.get_model(app_label, self.model_name)
        table, check = model._meta.db_table, self.constraint._get_check_sql(model, schema_editor)
        rows = f"FROM {schema_editor.quote_name(table)} WHERE NOT ({check})"
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT id {rows} ORDER BY id LIMIT {ROWS_NAMED}")
            ids = [pk for (pk,) in cursor.fetchall()]
        if ids:
            log.warning(
                "rows break a limit; correct them before the next migration",
                table=table,
                limit=self.constraint.name,
                ids=ids,
            )
        return ids


@contextmanager
def _unchecked(connection):
    """A transaction in which SQLite checks no check constraint."""
    with transaction.atomic(using=connection.alias):
        if connection.vendor != "sqlite":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = 1")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = 0")


def _length(model, field, most):
    condition = models.Q((f"{field}__length__lte", most))
    name = f"{model}_{field}_length"
    return AddLimit(model, models.CheckConstraint(condition=condition, name=name))


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('posts', '0008_skeletons'),
    ]

    operations = [
        _length("post", "image_alt", 1000),
        _length("post", "image_url", 500),
        _length("post", "external_id", 200),
        AddLimit(
            "post",
            models.CheckConstraint(
                condition=models.Q(("image_height", None), ("image_width", None))
                | models.Q(
                    ("image_height__gte", 1),
                    ("image_height__isnull", False),
                    ("image_width__gte", 1),
                    ("image_width__isnull", False),
                ),
                name="post_image_size",
            ),
        ),
        _length("user", "display_name", 80),
    ]
