"""Each edit of a post's texts keeps what stood there before, however the post is written."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from posts.models import Post, PostVersion
from posts.version_triggers import MAX_CHARACTERS, MAX_VERSIONS
from tests.factories import PostFactory, UserFactory, permitted
from tests.unit.posts.admin_pages import act, url
from tests.unit.posts.calls import call, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[[Post], object]


def save(post: Post) -> None:
    post.content = "New"
    post.save()


def save_of_one_field(post: Post) -> None:
    post.content = "New"
    post.save(update_fields=["content"])


def bulk_update(post: Post) -> None:
    post.content = "New"
    Post.objects.bulk_update([post], ["content"])


def upsert(post: Post) -> None:
    row = Post(author=post.author, content="New", external_id=post.external_id)
    Post.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["external_id"], update_fields=["content"]
    )


def raw_sql(post: Post) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_post SET content = 'New' WHERE id = %s", [post.pk])


def patch(post: Post) -> None:
    call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", {"content": "New"})


def put(post: Post) -> None:
    call(signed_in(post.author), "put", f"/api/posts/{post.pk}/", {"content": "New"})


def form(post: Post) -> None:
    signed_in(post.author).post(f"/posts/{post.pk}/edit/", {"content": "New"})


def admin(post: Post) -> None:
    moderator = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
    moderator.post(url("post_change", post.pk), {"content": "New"})


WRITES: dict[str, Write] = {
    "save": save,
    "save of one field": save_of_one_field,
    "update": lambda post: Post.objects.filter(pk=post.pk).update(content="New"),
    "bulk_update": bulk_update,
    "bulk_create with update_conflicts": upsert,
    "raw SQL": raw_sql,
    "API patch": patch,
    "API put": put,
    "form": form,
    "admin": admin,
}


@pytest.fixture
def post() -> Post:
    made: Post = PostFactory.create(content="Old", external_id="import:1")
    return made


def contents(post: Post) -> list[str]:
    return [*post.versions.order_by("pk").values_list("content", flat=True)]


@pytest.mark.parametrize("name", WRITES)
def test_edit_keeps_the_old_text_in_its_transaction(name: str, post: Post) -> None:
    with transaction.atomic():
        WRITES[name](post)
        assert contents(post) == ["Old"]
        transaction.set_rollback(True)
    assert contents(post) == []
    WRITES[name](Post.objects.get(pk=post.pk))
    assert contents(post) == ["Old"]
    assert Post.objects.get(pk=post.pk).content == "New"


def test_times_of_versions_follow_each_other(post: Post) -> None:
    edits = []
    for content in ("Second", "Third"):
        post.content = content
        post.save()
        edits.append(post.updated_at)
    first, second = post.versions.order_by("pk")
    assert (first.written_at, first.replaced_at) == (post.created_at, edits[0])
    assert (second.written_at, second.replaced_at) == (edits[0], edits[1])


def test_time_of_raw_sql_is_that_of_the_database(post: Post) -> None:
    raw_sql(post)
    (version,) = post.versions.all()
    assert version.written_at == post.updated_at < version.replaced_at


def test_write_that_changes_no_text_keeps_no_version(post: Post) -> None:
    post.save()
    Post.objects.update(content="Old", image_url="https://example.org/a.png")
    raw = "UPDATE posts_post SET content = content"
    with connection.cursor() as cursor:
        cursor.execute(raw)
    assert contents(post) == []


def test_oldest_versions_go_but_never_the_first(post: Post) -> None:
    for number in range(MAX_VERSIONS + 20):
        Post.objects.filter(pk=post.pk).update(content=f"Edit {number}")
    newest = [f"Edit {number}" for number in range(20, MAX_VERSIONS + 19)]
    assert contents(post) == ["Old", *newest]


def test_versions_have_a_limit_of_characters(post: Post) -> None:
    other = PostFactory.create(content="Other")
    Post.objects.update(content="Changed")
    for number in range(MAX_CHARACTERS // 5_000 + 5):
        Post.objects.filter(pk=post.pk).update(content=f"{number:05}" * 1_000)
    kept = contents(post)
    assert MAX_CHARACTERS - 5_000 <= sum(map(len, kept[1:])) <= MAX_CHARACTERS
    assert kept[0] == "Old"
    assert kept[-1] == "00023" * 1_000
    assert contents(other) == ["Other"]


def delete_by_raw_sql(post: Post) -> None:
    """As the release before deletes a post, whose code knows no versions."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_post WHERE id = %s", [post.pk])


@pytest.mark.parametrize(
    "delete",
    [
        lambda post: post.delete(),
        lambda post: Post.objects.filter(pk=post.pk).delete(),
        lambda post: post.author.delete(),
        delete_by_raw_sql,
    ],
    ids=["delete", "QuerySet.delete", "account deleted", "raw SQL"],
)
def test_versions_go_with_the_post(delete: Write, post: Post) -> None:
    save(post)
    other = PostFactory.create(content="Other")
    save(other)
    delete(post)
    assert [version.post_id for version in PostVersion.objects.all()] == [other.pk]


def test_moderator_deletes_a_version_and_the_page_no_longer_shows_it(post: Post) -> None:
    save(post)
    path = f"/posts/{post.pk}/history/"
    assert b">Old" in Client().get(path).content
    moderator = permitted("view_postversion", "delete_postversion", is_staff=True)
    act(signed_in(moderator), "postversion", "delete_selected", post.versions.get(), post="yes")
    assert contents(post) == []
    assert b">Old" not in Client().get(path).content


def test_sqlite_has_its_triggers_after_a_migration_that_copies_the_table(post: Post) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER posts_post_keep_version")
            cursor.execute("DROP TRIGGER posts_post_drop_versions")
    call_command("migrate", verbosity=0)
    save(post)
    assert contents(post) == ["Old"]
