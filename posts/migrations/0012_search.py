"""A search without regard to case, accents and punctuation, for posts and for people.

PostgreSQL only: SQLite calls Python for each row (posts/search_words.py). The indexes are made
while others write. The index of the old search goes; until every server runs this release, the old
one answers its searches slowly.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from posts.search_words import (
    EMOJI,
    IDEOGRAPHS,
    LETTERS,
    MARKS,
    MAX_WORD_CHARACTERS,
    PREFIX_CHARACTERS,
    Ranges,
)

# In this order: see 0004.
COLLATIONS = ("pg_c_utf8", "und-x-icu", "C.utf8")
# The same as posts.search_words.words, whatever the database's locale.
WORDS = r"""
CREATE OR REPLACE FUNCTION posts_words(content text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT left(found[1], {longest})
        FROM regexp_matches(
            replace(
                lower(regexp_replace(normalize(content, NFKD), '[{marks}]', '', 'g')
                    COLLATE "{collation}"),
                'ς', 'σ'
            ),
            '([{letters}]+|[{ideographs}]|[{emoji}])', 'g'
        ) AS found
    )
$$
"""
# The words with their beginnings, by which an index finds them. It names the schema, because an
# index is made and maintained without the usual search path.
KEYS = r"""
CREATE OR REPLACE FUNCTION posts_search_keys(content text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
    SELECT ARRAY(
        SELECT DISTINCT key FROM unnest({schema}.posts_words(content)) AS word
        CROSS JOIN LATERAL (
            SELECT word AS key UNION ALL SELECT left(word, characters)
            FROM generate_series({shortest}, least({longest}, length(word) - 1)) AS characters
        ) AS keys
    )
$$
"""
# By name: table and text.
INDEXES = {
    "posts_post_search": ("posts_post", "content"),
    "posts_user_search": (
        "posts_user",
        "username || ' ' || display_name || ' ' || first_name || ' ' || last_name",
    ),
}


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [list(COLLATIONS)]
        )
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
    characters = {
        "marks": _class(MARKS),
        "letters": _class(LETTERS),
        "ideographs": _class(IDEOGRAPHS),
        "emoji": _class(EMOJI),
    }
    collation = next((name for name in COLLATIONS if name in there), "default")
    schema_editor.execute(
        WORDS.format(longest=MAX_WORD_CHARACTERS, collation=collation, **characters)
    )
    shortest, longest = PREFIX_CHARACTERS[0], PREFIX_CHARACTERS[-1]
    schema_editor.execute(KEYS.format(schema=schema, shortest=shortest, longest=longest))
    for name, (table, text) in INDEXES.items():
        # What an interrupted migration left would be invalid.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.execute(
            f"CREATE INDEX CONCURRENTLY {name} ON {table}"
            f" USING gin (posts_search_keys({text}))"
        )
    schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS posts_post_words")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS posts_post_words"
        " ON posts_post USING gin (to_tsvector('simple', content))"
    )
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    schema_editor.execute("DROP FUNCTION IF EXISTS posts_search_keys(text)")
    schema_editor.execute("DROP FUNCTION IF EXISTS posts_words(text)")


def _class(ranges: Ranges) -> str:
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges)


class Migration(migrations.Migration):
    atomic = False  # for CONCURRENTLY
    dependencies = [("posts", "0011_submitted_keys")]
    operations = [migrations.RunPython(create, drop, atomic=False)]
