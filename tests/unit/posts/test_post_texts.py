"""Each text of POST_TEXTS is in every place that must have it.

A text that is added to the table and forgotten in one of these places makes a test here fail.
"""

import ast
import json
import re
from html import unescape
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
from django.conf import settings
from django.db import models
from django.test import Client

from feed import queries
from posts.management.commands.import_posts import HELP
from posts.models import (
    EDITED_BY,
    NO_IMAGE_TEXTS,
    NO_TEXTS,
    POST_TEXTS,
    AuditEntry,
    Post,
    PostVersion,
    Report,
)
from posts.rows import PostRow
from posts.serializers import PostJSON, PostSerializer, post_json
from tests.factories import PostFactory, UserFactory, permitted
from tests.unit.posts.admin_pages import act, url
from tests.unit.posts.calls import call, signed_in
from tests.unit.posts.sample_images import upload
from tests.unit.posts.test_import_posts import Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

each_text = pytest.mark.parametrize("name", POST_TEXTS)
each_text_but_of_image = pytest.mark.parametrize("name", sorted(POST_TEXTS.keys() - NO_IMAGE_TEXTS))
IMAGE = {"image": "posts/a.webp", "image_width": 4, "image_height": 3}
# Texts of a post that are no field of POST_TEXTS, because people don't write them.
NOT_WRITTEN = {"image_url", "external_id"}
PEER = settings.BASE_DIR / "benchmarks/peers/fastapi_app.py"


def word(name: str) -> str:
    """A word that no page has by itself."""
    return f"zz{name}zz"


@pytest.fixture
def post() -> Post:
    """A post with an image, and with a word in each text."""
    made: Post = PostFactory.create(**{name: word(name) for name in POST_TEXTS}, **IMAGE)
    return made


@pytest.fixture
def moderator() -> Client:
    return signed_in(UserFactory.create(is_staff=True, is_superuser=True))


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def stored(post: Post, name: str) -> str:
    value: str = Post.objects.values_list(name, flat=True).get(pk=post.pk)
    return value


# --- The model -----------------------------------------------------------------------------------


@each_text
def test_column_has_the_limits_of_the_text(name: str) -> None:
    text = POST_TEXTS[name]
    column: Any = Post._meta.get_field(name)
    assert column.get_internal_type() in {"CharField", "TextField"}
    assert column.max_length == text.max_length
    assert column.blank is not text.required
    if not text.required:  # the release before inserts rows without it
        assert (str(column.default), str(column.db_default)) == ("", "")


def test_each_text_column_is_in_the_table() -> None:
    columns = {
        field.name
        for field in Post._meta.fields
        if isinstance(field, models.CharField | models.TextField)
    }
    assert columns - NOT_WRITTEN == {*POST_TEXTS}


@each_text
def test_constraint_holds_the_limit(name: str) -> None:
    assert f"post_{name}_length" in {constraint.name for constraint in Post._meta.constraints}


@each_text
def test_edit_keeps_the_text_that_was_there_before(name: str, post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(**{name: "Other"})
    (version,) = post.versions.all()
    assert getattr(version, name) == word(name)
    column: Any = PostVersion._meta.get_field(name)
    assert column.max_length in {None, POST_TEXTS[name].max_length}


@each_text
def test_change_of_the_text_is_an_edit(name: str) -> None:
    assert name in EDITED_BY


@each_text
def test_audit_log_keeps_the_text_of_a_deleted_post(name: str, post: Post) -> None:
    response = signed_in(permitted("delete_post")).delete(f"/api/posts/{post.pk}/")
    assert response.status_code == 204
    assert AuditEntry.objects.latest("pk").detail["before"][name] == word(name)


# --- The API -------------------------------------------------------------------------------------


@each_text
def test_json_has_the_text(name: str, post: Post) -> None:
    assert dict(post_json(queries.visible_post(post.pk)))[name] == word(name)


@each_text
def test_row_has_the_text(name: str) -> None:
    assert name in PostRow._fields


def test_json_has_the_declared_fields_in_their_order(post: Post) -> None:
    assert list(post_json(queries.visible_post(post.pk))) == list(PostJSON.__annotations__)


def test_the_schema_has_the_fields_of_the_json() -> None:
    described = {name: field.allow_null for name, field in PostSerializer().fields.items()}
    assert list(described.items()) == [
        (name, NoneType in get_args(kind)) for name, kind in PostJSON.__annotations__.items()
    ]


@each_text
@pytest.mark.django_db(transaction=True)
def test_api_creates_a_post_with_the_text(name: str) -> None:
    parts = {"content": "Look!", name: word(name), "image": upload()}
    response = signed_in().post("/api/posts/", parts)
    assert response.status_code == 201
    assert response.json()[name] == word(name)
    assert stored(Post.objects.get(), name) == word(name)


@each_text
def test_patch_changes_the_text_alone(name: str, post: Post) -> None:
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"
    assert call(client, "patch", path, {name: "Other"}).status_code == 200
    assert {other: stored(post, other) for other in POST_TEXTS} == {
        other: "Other" if other == name else word(other) for other in POST_TEXTS
    }


@pytest.mark.parametrize("name", NO_TEXTS)
def test_put_without_the_text_empties_it(name: str, post: Post) -> None:
    body = {"content": "Put", "image_url": post.shown_image_url}
    response = call(signed_in(post.author), "put", f"/api/posts/{post.pk}/", body)
    assert (response.status_code, response.json()[name]) == (200, "")
    assert stored(post, name) == ""


@each_text
def test_api_refuses_a_longer_text(name: str, post: Post) -> None:
    body = {name: "x" * (POST_TEXTS[name].max_length + 1)}
    response = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", body)
    assert [error["field"] for error in response.json()["errors"]] == [name]


# --- Forms ---------------------------------------------------------------------------------------


def control(html: str, name: str) -> bool:
    return bool(re.search(rf'<(?:textarea|input|select)[^>]* name="{name}"', html))


@each_text
def test_both_forms_ask_for_the_text_and_the_edit_form_has_its_value(name: str, post: Post) -> None:
    client = signed_in(post.author)
    assert control(page(client, "/posts/new/"), name)
    edit = page(client, f"/posts/{post.pk}/edit/")
    assert control(edit, name)
    assert word(name) in edit


@each_text
@pytest.mark.django_db(transaction=True)
def test_form_creates_a_post_with_the_text_and_another_text_is_no_repeat(name: str) -> None:
    client, key = signed_in(), "0" * 32
    for value in (word(name), word(name), "Other"):
        form = {"content": "Look!", "image": upload(), "key": key, name: value}
        assert client.post("/posts/new/", form).status_code == 302
    assert list(Post.objects.order_by("pk").values_list(name, flat=True)) == [word(name), "Other"]


@each_text
def test_edit_form_changes_the_text(name: str, post: Post) -> None:
    form = {**{other: word(other) for other in POST_TEXTS}, name: "Other"}
    response = signed_in(post.author).post(f"/posts/{post.pk}/edit/", form)
    assert response.status_code == 302
    assert stored(post, name) == "Other"


@pytest.mark.parametrize("name", NO_TEXTS)
def test_form_of_a_page_without_the_text_keeps_it(name: str, post: Post) -> None:
    signed_in(post.author).post(f"/posts/{post.pk}/edit/", {"content": "Changed"})
    assert (stored(post, "content"), stored(post, name)) == ("Changed", word(name))


@each_text
def test_admin_shows_and_changes_the_text(name: str, post: Post, moderator: Client) -> None:
    path = url("post_change", post.pk)
    html = page(moderator, path)
    assert control(html, name)
    assert word(name) in html
    form = {**{other: word(other) for other in POST_TEXTS}, name: "One\r\nTwo"}
    assert moderator.post(path, form).status_code == 302
    assert stored(post, name) == ("One Two" if POST_TEXTS[name].one_line else "One\nTwo")


# --- Pages ---------------------------------------------------------------------------------------

CARDS = "feed", "post", "author", "preview"
QUOTES = "delete", "report", "comment"


def shown(which: str, post: Post, moderator: Client) -> str:
    """The part of a page that shows a post, without its form."""
    paths = {"feed": "/", "author": f"/authors/{post.author.username}/"}
    paths |= {name: f"/posts/{post.pk}/{name}/" for name in ("delete", "report")}
    paths["comment"] = f"/posts/{post.pk}/comments/"
    html = page(moderator, paths.get(which, f"/posts/{post.pk}/"))
    if which in QUOTES:
        return html.partition("<blockquote")[2].partition("</blockquote>")[0]
    if which == "preview":  # has nothing else of a post with a warning
        return html.partition("</title>")[2].partition("</head>")[0]
    return html.partition("<article")[2].partition("</article>")[0]


@pytest.mark.parametrize("which", CARDS)
@each_text
def test_page_shows_the_text(name: str, which: str, post: Post, moderator: Client) -> None:
    if which == "preview" and name != "content_warning":
        Post.objects.update(content_warning="")
    assert word(name) in unescape(shown(which, post, moderator))


@pytest.mark.parametrize("which", QUOTES)
@each_text_but_of_image
def test_quote_shows_the_text(name: str, which: str, post: Post, moderator: Client) -> None:
    assert word(name) in unescape(shown(which, post, moderator))


@each_text_but_of_image
def test_moderators_see_the_text_before_they_delete_the_post(
    name: str, post: Post, moderator: Client
) -> None:
    report = Report.objects.create(post=post, reporter=UserFactory.create(), reason="spam")
    assert word(name) in act(moderator, "report", "delete_reported", report)


# --- Import --------------------------------------------------------------------------------------


@each_text
def test_import_takes_the_text_or_states_why_not(name: str, tmp_path: Path) -> None:
    text = POST_TEXTS[name]
    assert bool(text.import_name) is not bool(text.not_imported), "state one of the two"
    if text.not_imported:
        return
    line = {"id": "1", "author": "ada", "created_at": "2024-01-01", "text": "Text"}
    line[text.import_name] = word(name)
    file = tmp_path / "posts.jsonl"
    too_long = line | {"id": "2", text.import_name: "x" * (text.max_length + 1)}
    file.write_text("\n".join(map(json.dumps, [line, too_long])))
    run = Run(file)
    assert f"{text.import_name} is longer than" in run.err
    assert stored(Post.objects.get(), name) == word(name)


@each_text
def test_help_and_operations_name_an_imported_text(name: str) -> None:
    if field := POST_TEXTS[name].import_name:
        assert re.search(rf"\b{field}\b", HELP)
        operations = (settings.BASE_DIR / "docs/operations.md").read_text()
        (paragraph,) = [
            line for line in operations.splitlines() if "`manage.py import_posts" in line
        ]
        assert f"`{field}`" in paragraph


# --- The benchmark's peer ------------------------------------------------------------------------


def test_fastapi_peer_answers_with_the_same_fields() -> None:
    """Read, not imported: FastAPI is installed for benchmarks only."""
    tree = ast.parse(PEER.read_text())
    top = {
        node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    declared = [
        item.target.id
        for item in top["Post"].body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
    (answer,) = [item for item in top["post_json"].body if isinstance(item, ast.Return)]
    assert isinstance(answer.value, ast.Dict)
    written = [key.value for key in answer.value.keys if isinstance(key, ast.Constant)]
    assert declared == written == list(PostJSON.__annotations__)
    assert [name for name in POST_TEXTS if f"p.{name}," not in PEER.read_text()] == []
