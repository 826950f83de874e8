"""What search and hashtag pages need of PostgreSQL, and its triggers brought up to date.

Other databases have none of it: there, pages look through the texts.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from posts.word_characters import WORD_RANGES

WORD = "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in WORD_RANGES)

SEARCH_INDEX = """
CREATE INDEX posts_post_words ON posts_post USING gin (to_tsvector('simple', content))
"""
# The same as posts.text.hashtags, whatever the database's locale. Most texts have no hashtag.
HASHTAGS = r"""
CREATE FUNCTION posts_hashtags(content text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN strpos(content, '#') = 0 THEN '{{}}'::text[] ELSE ARRAY(
        SELECT DISTINCT replace(lower(replace(found[1], 'İ', 'i') COLLATE "{collation}"), 'ς', 'σ')
        FROM regexp_matches(content, '(?<![{word}&/#])#([{word}]+)', 'g') AS found
        WHERE length(found[1]) <= 100 AND found[1] !~ '^[0-9]+$'
    ) END
$$
"""
HASHTAG_INDEX = """
CREATE INDEX posts_post_hashtags ON posts_post USING gin (posts_hashtags(content))
"""
# In this order: any of these lowers the letters of all scripts. The first is PostgreSQL's own
# (from 17 on), so no system's upgrade can change what an index was made with.
COLLATIONS = ("pg_c_utf8", "und-x-icu", "C.utf8")

SHOWN = "UPDATE OF username, display_name, first_name, last_name, is_active"
ANY = "INSERT OR UPDATE OR DELETE OR TRUNCATE"
TRIGGER = """
CREATE TRIGGER {table}_notify AFTER {events} ON {table} FOR EACH STATEMENT
WHEN (current_setting('application_name') <> 'feedsite')
EXECUTE FUNCTION posts_notify('{what}')
"""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [list(COLLATIONS)]
        )
        there = {name for (name,) in cursor.fetchall()}
    collation = next((name for name in COLLATIONS if name in there), "default")
    schema_editor.execute(SEARCH_INDEX)
    schema_editor.execute(HASHTAGS.format(word=WORD, collation=collation))
    schema_editor.execute(HASHTAG_INDEX)
    _trigger_on_users(schema_editor, f"{SHOWN}, bio, picture")
    schema_editor.execute(TRIGGER.format(table="posts_mute", events=ANY, what="counts"))


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP TRIGGER posts_mute_notify ON posts_mute")
    _trigger_on_users(schema_editor, SHOWN)
    schema_editor.execute("DROP INDEX posts_post_hashtags")
    schema_editor.execute("DROP FUNCTION posts_hashtags(text)")
    schema_editor.execute("DROP INDEX posts_post_words")


def _trigger_on_users(schema_editor: BaseDatabaseSchemaEditor, events: str) -> None:
    schema_editor.execute("DROP TRIGGER posts_user_notify ON posts_user")
    schema_editor.execute(TRIGGER.format(table="posts_user", events=events, what="posts"))


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_pictures_replies_reports_mutes")]
    operations = [migrations.RunPython(create, drop)]
