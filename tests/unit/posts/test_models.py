"""The rules that hold however a row is written, and what the querysets select."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from posts.models import (
    BIO_MAX_LENGTH,
    COMMENT_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    POST_MAX_LENGTH,
    Comment,
    Like,
    Mute,
    Post,
    Report,
    User,
)
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory, permitted

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "most"), [(Post, POST_MAX_LENGTH), (Comment, COMMENT_MAX_LENGTH)]
)
def test_the_database_refuses_text_that_is_empty_or_too_long(model: Any, most: int) -> None:
    row = CommentFactory.create() if model is Comment else PostFactory.create()
    rows = model.objects.filter(pk=row.pk)
    for refused in ("", "x" * (most + 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(content=refused)
    assert rows.update(content="😀" * most) == 1


def test_the_database_refuses_an_empty_post_in_bulk() -> None:
    author = UserFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.bulk_create([Post(author=author, content="")])


def test_the_database_refuses_a_second_like_of_the_same_post() -> None:
    like = LikeFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Like.objects.create(post=like.post, user=like.user)
    LikeFactory.create(post=like.post)
    LikeFactory.create(user=like.user)


def test_the_database_refuses_a_second_import_of_the_same_post() -> None:
    PostFactory.create(external_id="room/1")
    PostFactory.create_batch(2, external_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostFactory.create(external_id="room/1")


@pytest.mark.parametrize("address", ["http://example.org/a.png", "javascript:alert(1)", "a"])
def test_an_image_must_be_https(address: str) -> None:
    post = PostFactory.create(image_url=address)
    with pytest.raises(ValidationError, match="image_url"):
        post.full_clean()


def test_the_database_refuses_a_bio_that_is_too_long() -> None:
    user = UserFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(bio="x" * (BIO_MAX_LENGTH + 1))
    assert User.objects.filter(pk=user.pk).update(bio="😀" * BIO_MAX_LENGTH) == 1


def test_the_database_refuses_to_mute_twice_or_oneself() -> None:
    ada, bob = UserFactory.create_batch(2)
    Mute.objects.create(user=ada, muted=bob)
    Mute.objects.create(user=bob, muted=ada)
    for muted in (ada, bob):
        with pytest.raises(IntegrityError), transaction.atomic():
            Mute.objects.create(user=ada, muted=muted)


def test_a_report_is_of_one_thing_by_one_person_once() -> None:
    comment, reader = CommentFactory.create(), UserFactory.create()
    both = {"post": comment.post, "comment": comment}
    for what in ({"post": comment.post}, {"comment": comment}):
        Report.objects.create(**what, reporter=reader, reason="spam")
        Report.objects.create(**what, reporter=UserFactory.create(), reason="spam")
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**what, reporter=reader, reason="abuse")
    wrong: list[dict[str, Any]] = [both, {}, {"post": comment.post, "reason": "revenge"}]
    wrong += [{"post": comment.post, "note": "x" * (NOTE_MAX_LENGTH + 1)}]
    for what in wrong:
        values = {"reason": "spam", "reporter": UserFactory.create(), **what}
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**values)


def test_a_comment_answers_one_on_the_same_post() -> None:
    comment = CommentFactory.create()
    CommentFactory.build(post=comment.post, author=comment.author, reply_to=comment).full_clean()
    with pytest.raises(ValidationError, match="on another post"):
        CommentFactory.build(
            post=PostFactory.create(), author=comment.author, reply_to=comment
        ).full_clean()


def test_an_uploaded_image_is_shown_before_one_by_address() -> None:
    address = "https://example.org/a.png"
    assert Post(image_url=address).shown_image_url == address
    assert Post(image="posts/a.webp", image_url=address).shown_image_url == "/media/posts/a.webp"
    assert Post().shown_image_url == ""


def test_an_author_takes_everything_along() -> None:
    author = UserFactory.create()
    post = PostFactory.create(author=author)
    LikeFactory.create(post=post)
    CommentFactory.create(post=post)
    CommentFactory.create(author=author)
    author.delete()
    assert (Post.objects.count(), Comment.objects.count(), Like.objects.count()) == (1, 0, 0)


def test_a_new_post_is_not_edited_and_a_saved_one_is() -> None:
    post = PostFactory.create(created_at=LONG_AGO)
    assert (post.updated_at, post.edited) == (LONG_AGO, False)
    post.save(update_fields=["content"])
    post.refresh_from_db()
    assert post.edited
    assert post.created_at == LONG_AGO


def test_a_post_created_in_bulk_is_not_edited() -> None:
    [post] = Post.objects.bulk_create(
        [Post(author=UserFactory.create(), content="New", created_at=LONG_AGO)]
    )
    post.refresh_from_db()
    assert (post.updated_at, post.edited) == (LONG_AGO, False)


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
def test_an_update_of_what_a_post_shows_is_an_edit(values: dict[str, Any], edited: bool) -> None:
    post = PostFactory.create(created_at=LONG_AGO)
    Post.objects.filter(pk=post.pk).update(**values)
    post.refresh_from_db()
    assert post.edited is edited


def test_a_bulk_update_of_the_content_is_an_edit() -> None:
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
def test_a_user_is_shown_by_the_name_they_chose(names: dict[str, str], shown: str) -> None:
    assert User(username="ada", **names).shown_name == shown


def test_counts_are_those_of_each_post_in_one_query() -> None:
    popular, quiet = PostFactory.create_batch(2)
    LikeFactory.create_batch(3, post=popular)
    CommentFactory.create_batch(2, post=popular)
    CommentFactory.create(post=popular, author__is_active=False)

    with CaptureQueriesContext(connection) as queries:
        counts = {post.pk: (post.likes_count, post.comments_count) for post in _with_counts()}

    assert counts == {popular.pk: (3, 2), quiet.pk: (0, 0)}
    assert len(queries) == 1


def test_only_what_active_authors_wrote_is_visible() -> None:
    shown = CommentFactory.create()
    CommentFactory.create(post=shown.post, author__is_active=False)
    PostFactory.create(author__is_active=False)
    assert list(Post.objects.visible()) == [shown.post]
    assert list(Comment.objects.visible()) == [shown]


def test_newest_first_is_one_order_even_for_posts_of_the_same_moment() -> None:
    posts = [PostFactory.create(created_at=LONG_AGO) for _ in range(5)]
    newest = PostFactory.create()
    assert list(Post.objects.newest_first()) == [newest, *reversed(posts)]


@pytest.mark.parametrize(
    ("factory", "what", "permission"),
    [
        (PostFactory, "editable_by", "change_post"),
        (PostFactory, "deletable_by", "delete_post"),
        (CommentFactory, "deletable_by", "delete_comment"),
    ],
)
def test_people_change_their_own_and_moderators_all_and_strangers_none(
    factory: Any, what: str, permission: str
) -> None:
    row, other = factory.create(), factory.create()
    within_reach = getattr(type(row).objects, what)
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
