"""The rules of the models on every way to write, and the selections of the querysets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from posts.models import (
    BIO_MAX_LENGTH,
    COMMENT_MAX_LENGTH,
    EDITED_BY,
    NOTE_MAX_LENGTH,
    POST_MAX_LENGTH,
    POST_TEXTS,
    Comment,
    CommentLike,
    Like,
    Mute,
    Post,
    Report,
    User,
)
from tests.factories import (
    CommentFactory,
    CommentLikeFactory,
    LikeFactory,
    PostFactory,
    UserFactory,
    permitted,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "maximum"), [(Post, POST_MAX_LENGTH), (Comment, COMMENT_MAX_LENGTH)]
)
def test_database_refuses_text_that_is_empty_or_too_long(model: Any, maximum: int) -> None:
    row = CommentFactory.create() if model is Comment else PostFactory.create()
    rows = model.objects.filter(pk=row.pk)
    for refused in ("", "x" * (maximum + 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(content=refused)
    assert rows.update(content="😀" * maximum) == 1


def test_database_refuses_an_empty_post_in_bulk_create() -> None:
    author = UserFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.bulk_create([Post(author=author, content="")])


def test_database_refuses_a_second_like_of_the_same_post() -> None:
    like = LikeFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Like.objects.create(post=like.post, user=like.user)
    LikeFactory.create(post=like.post)
    LikeFactory.create(user=like.user)


def test_database_refuses_a_second_import_of_the_same_post() -> None:
    PostFactory.create(external_id="room/1")
    PostFactory.create_batch(2, external_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostFactory.create(external_id="room/1")


@pytest.mark.parametrize("address", ["http://example.org/a.png", "javascript:alert(1)", "a"])
def test_image_url_must_be_https(address: str) -> None:
    post = PostFactory.create(image_url=address)
    with pytest.raises(ValidationError, match="image_url"):
        post.full_clean()


def test_database_refuses_a_bio_that_is_too_long() -> None:
    user = UserFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(bio="x" * (BIO_MAX_LENGTH + 1))
    assert User.objects.filter(pk=user.pk).update(bio="😀" * BIO_MAX_LENGTH) == 1


def test_database_refuses_to_mute_twice_or_oneself() -> None:
    ada, bob = UserFactory.create_batch(2)
    Mute.objects.create(user=ada, muted=bob)
    Mute.objects.create(user=bob, muted=ada)
    for muted in (ada, bob):
        with pytest.raises(IntegrityError), transaction.atomic():
            Mute.objects.create(user=ada, muted=muted)


def test_report_is_of_one_post_or_comment_once_per_person() -> None:
    comment, reader = CommentFactory.create(), UserFactory.create()
    both = {"post": comment.post, "comment": comment}
    for subject in ({"post": comment.post}, {"comment": comment}):
        Report.objects.create(**subject, reporter=reader, reason="spam")
        Report.objects.create(**subject, reporter=UserFactory.create(), reason="spam")
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**subject, reporter=reader, reason="abuse")
    wrong: list[dict[str, Any]] = [both, {}, {"post": comment.post, "reason": "revenge"}]
    wrong += [{"post": comment.post, "note": "x" * (NOTE_MAX_LENGTH + 1)}]
    for subject in wrong:
        values = {"reason": "spam", "reporter": UserFactory.create(), **subject}
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**values)


def test_reply_must_be_on_the_same_post() -> None:
    comment = CommentFactory.create()
    CommentFactory.build(post=comment.post, author=comment.author, reply_to=comment).full_clean()
    with pytest.raises(ValidationError, match="on another post"):
        CommentFactory.build(
            post=PostFactory.create(), author=comment.author, reply_to=comment
        ).full_clean()


def test_uploaded_image_takes_precedence_over_image_url() -> None:
    address = "https://example.org/a.png"
    assert Post(image_url=address).shown_image_url == address
    assert Post(image="posts/a.webp", image_url=address).shown_image_url == "/media/posts/a.webp"
    assert Post().shown_image_url == ""


def test_deleting_an_author_deletes_posts_comments_and_likes() -> None:
    author = UserFactory.create()
    post = PostFactory.create(author=author)
    LikeFactory.create(post=post)
    CommentFactory.create(post=post)
    CommentFactory.create(author=author)
    author.delete()
    assert (Post.objects.count(), Comment.objects.count(), Like.objects.count()) == (1, 0, 0)


def test_new_post_is_not_edited_and_changed_post_is() -> None:
    post = PostFactory.create(created_at=LONG_AGO)
    assert (post.updated_at, post.edited) == (LONG_AGO, False)
    post.content = "Changed"
    post.save(update_fields=["content"])
    post.refresh_from_db()
    assert post.edited
    assert post.created_at == LONG_AGO


def test_post_created_in_bulk_is_not_edited() -> None:
    [post] = Post.objects.bulk_create(
        [Post(author=UserFactory.create(), content="New", created_at=LONG_AGO)]
    )
    post.refresh_from_db()
    assert (post.updated_at, post.edited) == (LONG_AGO, False)


def _save(comment: Comment) -> None:
    comment.save()


def _save_content(comment: Comment) -> None:
    comment.save(update_fields=["content"])


def _update(comment: Comment) -> None:
    Comment.objects.filter(pk=comment.pk).update(content=comment.content)


def _bulk_update(comment: Comment) -> None:
    Comment.objects.bulk_update([comment], ["content"])


@pytest.mark.parametrize("write", [_save, _save_content, _update, _bulk_update])
def test_comment_is_edited_if_its_text_changes_on_every_way(
    write: Callable[[Comment], None],
) -> None:
    comment = CommentFactory.create(created_at=LONG_AGO, content="Old")
    assert (comment.edited, comment.updated_at) == (False, LONG_AGO)
    for text, edited in [("Old", False), ("New", True)]:
        comment.content = text
        write(comment)
        comment.refresh_from_db()
        assert comment.edited is edited
    before = comment.edited_at
    write(comment)
    comment.reply_to = None
    comment.save(update_fields=["reply_to"])
    comment.refresh_from_db()
    assert comment.edited_at == before == comment.updated_at


def test_database_refuses_a_second_like_of_the_same_comment() -> None:
    like = CommentLikeFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        CommentLike.objects.create(comment=like.comment, user=like.user)
    comment = Comment.objects.with_counts().get()
    assert comment.likes_count == 1
    comment.delete()
    assert not CommentLike.objects.exists()


EARLIER = LONG_AGO - timedelta(days=1)
CHANGES: dict[str, Any] = {
    "author": lambda: UserFactory.create(),  # noqa: PLW0108 -- made in the test's transaction
    "content": "Changed",
    "image_url": "https://example.org/b.png",
    "image": "posts/b.webp",
    "image_alt": "A dog",
    "image_width": 5,
    "image_height": 5,
    "image_bytes": 5,
    "more_images": [{"name": "posts/c.webp", "alt": "", "width": 1, "height": 1, "bytes": 1}],
    "created_at": EARLIER,
    "external_id": "room/1",
}
WRITES: dict[str, Callable[[Post, str, Any], object]] = {
    "save": lambda post, name, value: _changed(post, name, value).save(),
    "save, update_fields": lambda post, name, value: _changed(post, name, value).save(
        update_fields=[name]
    ),
    "save, deferred": lambda post, name, value: _changed(
        Post.objects.only(name).get(pk=post.pk), name, value
    ).save(),
    "update": lambda post, name, value: Post.objects.filter(pk=post.pk).update(**{name: value}),
    "bulk_update": lambda post, name, value: Post.objects.bulk_update(
        [_changed(post, name, value)], [name]
    ),
}


def _changed(post: Post, name: str, value: Any) -> Post:
    setattr(post, name, value)
    return post


def _with_image() -> Post:
    post: Post = PostFactory.create(
        content="As before",
        image="posts/a.webp",
        image_url="https://example.org/a.png",
        image_alt="A cat",
        image_width=4,
        image_height=3,
        created_at=LONG_AGO,
    )
    return post


def test_changes_cover_every_field_of_a_post() -> None:
    fields = {field.name for field in Post._meta.concrete_fields}
    assert {*CHANGES, *POST_TEXTS} == fields - {"id", "updated_at"}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("name", sorted({*CHANGES, *POST_TEXTS}))
def test_save_and_update_agree_on_what_is_an_edit(name: str, write: str) -> None:
    post, value = _with_image(), CHANGES.get(name, "Changed")
    WRITES[write](post, name, value() if callable(value) else value)
    post.refresh_from_db()
    assert (post.updated_at > LONG_AGO) is (name in EDITED_BY)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("name", sorted(EDITED_BY))
def test_write_of_the_same_value_is_no_edit(name: str, write: str) -> None:
    post = _with_image()
    WRITES[write](post, name, getattr(post, name))
    post.refresh_from_db()
    assert not post.edited


def test_update_edits_only_the_rows_that_it_changes() -> None:
    same, other = (PostFactory.create(content=text, created_at=LONG_AGO) for text in "ab")
    assert Post.objects.update(content="a") == 2
    same.refresh_from_db()
    other.refresh_from_db()
    assert (same.edited, other.edited) == (False, True)


@pytest.mark.parametrize(
    ("values", "edited"),
    [
        ({"content": "Changed"}, True),
        ({"image_url": "https://example.org/a.png"}, True),
        ({"image": "posts/a.webp"}, True),
        ({"image_alt": "A cat"}, True),
        ({"external_id": "room/1"}, False),
        ({"content": "Imported", "updated_at": LONG_AGO}, False),
    ],
)
def test_update_of_a_shown_field_is_an_edit(values: dict[str, Any], edited: bool) -> None:
    post = PostFactory.create(created_at=LONG_AGO)
    Post.objects.filter(pk=post.pk).update(**values)
    post.refresh_from_db()
    assert post.edited is edited


def test_bulk_update_of_content_is_an_edit() -> None:
    post = PostFactory.create(created_at=LONG_AGO)
    post.content = "Changed"
    Post.objects.bulk_update([post], ["content"])
    assert Post.objects.get().edited


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"display_name": "Countess", "first_name": "Ada"}, "Countess"),
        ({"first_name": "Ada", "last_name": "Lovelace"}, "Ada Lovelace"),
        ({}, "ada"),
    ],
)
def test_shown_name_is_display_name_then_full_name_then_username(
    names: dict[str, str], shown: str
) -> None:
    assert User(username="ada", **names).shown_name == shown


def test_counts_of_each_post_take_one_query() -> None:
    popular, quiet = PostFactory.create_batch(2)
    LikeFactory.create_batch(3, post=popular)
    CommentFactory.create_batch(2, post=popular)
    CommentFactory.create(post=popular, author__is_active=False)

    with CaptureQueriesContext(connection) as queries:
        counts = {post.pk: (post.likes_count, post.comments_count) for post in _with_counts()}

    assert counts == {popular.pk: (3, 2), quiet.pk: (0, 0)}
    assert len(queries) == 1


def test_only_posts_and_comments_of_active_authors_are_visible() -> None:
    shown = CommentFactory.create()
    CommentFactory.create(post=shown.post, author__is_active=False)
    PostFactory.create(author__is_active=False)
    assert list(Post.objects.visible()) == [shown.post]
    assert list(Comment.objects.visible()) == [shown]


def test_newest_first_is_a_total_order() -> None:
    posts = [PostFactory.create(created_at=LONG_AGO) for _ in range(5)]
    newest = PostFactory.create()
    assert list(Post.objects.newest_first()) == [newest, *reversed(posts)]


@pytest.mark.parametrize(
    ("factory", "method", "permission"),
    [
        (PostFactory, "editable_by", "change_post"),
        (PostFactory, "deletable_by", "delete_post"),
        (CommentFactory, "deletable_by", "delete_comment"),
    ],
)
def test_authors_reach_their_own_rows_and_moderators_all(
    factory: Any, method: str, permission: str
) -> None:
    row, other = factory.create(), factory.create()
    within_reach = getattr(type(row).objects, method)
    assert list(within_reach(row.author)) == [row]
    assert set(within_reach(permitted(permission))) == {row, other}
    assert set(within_reach(UserFactory.create(is_superuser=True))) == {row, other}
    others = {"change_post", "delete_post", "change_comment", "delete_comment"} - {permission}
    assert not within_reach(permitted(*others, is_staff=True))
    assert not within_reach(permitted(permission, is_active=False))
    assert not within_reach(UserFactory.create())
    assert not within_reach(AnonymousUser())


def _with_counts() -> Any:
    return Post.objects.with_counts()
