"""Announcements of each kind of write: after commit, once per transaction."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import update_last_login
from django.db import transaction

from posts.models import Comment, Like, Post, Report, User
from posts.signals import posts_changed
from tests.factories import CommentFactory, LikeFactory, UserFactory
from tests.unit.posts.conftest import COUNTS, POSTS, SignalRecorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(recorder: SignalRecorder) -> Post:
    """A post with a comment and a like, all announced before the test begins."""
    post = CommentFactory.create().post
    LikeFactory.create(post=post)
    recorder.clear()
    recorder.causes.clear()
    return post


def _bulk_update(post: Post) -> None:
    post.content = "Changed"
    Post.objects.bulk_update([post], ["content"])


def _rename(post: Post, **values: Any) -> None:
    User.objects.filter(pk=post.author_id).update(**values)


def _upsert_author(post: Post) -> None:
    row = User(username=post.author.username, display_name="Changed")
    User.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["username"], update_fields=["display_name"]
    )


def _save_author(post: Post, **values: Any) -> None:
    for name, value in values.items():
        setattr(post.author, name, value)
    post.author.save(update_fields=list(values))


@pytest.mark.parametrize(
    "write",
    [
        lambda post: post.save(),
        lambda post: post.save(update_fields=["content"]),
        lambda post: post.delete(),
        lambda post: Post.objects.create(author=post.author, content="New"),
        lambda post: Post.objects.get_or_create(author=post.author, content="New"),
        lambda post: Post.objects.update_or_create(pk=post.pk, defaults={"content": "Changed"}),
        lambda post: Post.objects.update_or_create(author=post.author, content="New"),
        lambda _: Post.objects.update(content="Changed"),
        lambda post: post.author.posts.update(content="Changed"),
        lambda _: Post.objects.all().delete(),
        lambda post: Post.objects.bulk_create([Post(author=post.author, content="New")]),
        _bulk_update,
        lambda post: post.author.delete(),
        lambda post: User.objects.filter(pk=post.author_id).delete(),
        lambda post: post.author.save(),
        lambda post: _save_author(post, display_name="Changed"),
        lambda post: _save_author(post, is_active=False),
        lambda post: _rename(post, username="changed"),
        lambda post: _rename(post, first_name="Changed"),
        lambda post: _rename(post, is_active=False),
        lambda post: _rename(post, bio="Changed"),
        lambda post: _rename(post, avatar="people/changed.webp"),
        lambda post: _save_author(post, bio="Changed"),
        lambda post: _save_author(post, avatar="people/changed.webp"),
        lambda _: Post.objects.update(image="posts/changed.webp"),
        lambda post: User.objects.bulk_update([post.author], ["display_name"]),
        _upsert_author,
    ],
)
def test_write_that_changes_posts_announces_posts_once(
    post: Post, recorder: SignalRecorder, write: Callable[[Post], object]
) -> None:
    write(post)
    assert recorder == [POSTS]


@pytest.mark.parametrize(
    "write",
    [
        lambda post: LikeFactory.create(post=post, user=post.author),
        lambda post: Like.objects.get_or_create(post=post, user=post.author),
        lambda post: Like.objects.bulk_create([Like(post=post, user=post.author)]),
        lambda post: Like.objects.update(user=post.author),
        lambda _: Like.objects.all().delete(),
        lambda _: Like.objects.get().delete(),
        lambda post: post.comments.create(author=post.author, content="New"),
        lambda post: Comment.objects.bulk_create(
            [Comment(post=post, author=post.author, content="New")]
        ),
        lambda _: Comment.objects.get().save(),
        lambda _: Comment.objects.update(content="Changed"),
        lambda _: Comment.objects.all().delete(),
        # Pages keep what they know of their viewer until the counts change.
        lambda post: _save_author(post, password="unusable"),
        lambda post: User.objects.filter(pk=post.author.pk).update(password="unusable"),
        lambda post: post.author.end_sessions(),
    ],
)
def test_write_that_changes_counts_or_sessions_announces_counts_once(
    post: Post, recorder: SignalRecorder, write: Callable[[Post], object]
) -> None:
    write(post)
    assert recorder == [COUNTS]


@pytest.mark.parametrize(
    "write",
    [
        lambda post: update_last_login(User, post.author),
        lambda _: User.objects.update(last_login=None),
        lambda _: UserFactory.create(),
        lambda _: User.objects.bulk_create([User(username="new")]),
        lambda post: Like.objects.get_or_create(post=post, user=Like.objects.get().user),
        lambda post: Like.objects.filter(user=post.author).delete(),
        lambda _: Post.objects.filter(pk=0).delete(),
        lambda post: Report.objects.create(post=post, reporter=post.author, reason="spam"),
        lambda _: Post.objects.filter(pk=0).update(content="Changed"),
        lambda _: Comment.objects.filter(pk=0).update(content="Changed"),
        lambda post: Like.objects.filter(pk=0).update(user=post.author),
        lambda _: User.objects.filter(pk=0).update(display_name="Nobody"),
        lambda _: Post.objects.bulk_create([]),
        lambda post: Post.objects.get_or_create(pk=post.pk),
    ],
)
def test_write_that_no_post_shows_is_not_announced(
    post: Post, recorder: SignalRecorder, write: Callable[[Post], object]
) -> None:
    write(post)
    assert recorder == []


def test_nothing_is_announced_before_the_commit(post: Post, recorder: SignalRecorder) -> None:
    with transaction.atomic():
        post.save()
        assert recorder == []
    assert recorder == [POSTS]


def test_rolled_back_transaction_announces_nothing(post: Post, recorder: SignalRecorder) -> None:
    _rolled_back(post.save)
    assert recorder == []


def test_transaction_after_a_rolled_back_one_announces(
    post: Post, recorder: SignalRecorder
) -> None:
    _rolled_back(post.save)
    _committed(post.save)
    assert recorder == [POSTS]


def test_rolled_back_savepoint_announces_nothing(post: Post, recorder: SignalRecorder) -> None:
    with transaction.atomic():
        _rolled_back(post.save)
    assert recorder == []


def test_released_savepoint_announces_despite_rolled_back_siblings(
    post: Post, recorder: SignalRecorder
) -> None:
    with transaction.atomic():
        _rolled_back(post.save)
        _committed(post.save)
        _rolled_back(post.save)
    assert recorder == [POSTS]


def test_outer_write_before_a_rolled_back_savepoint_is_announced(
    post: Post, recorder: SignalRecorder
) -> None:
    with transaction.atomic():
        post.save()
        _rolled_back(post.save)
    assert recorder == [POSTS]


def test_outer_write_after_a_rolled_back_savepoint_is_announced(
    post: Post, recorder: SignalRecorder
) -> None:
    with transaction.atomic():
        with transaction.atomic():
            _committed(post.save)
            post.save()
            transaction.set_rollback(True)
        post.save()
    assert recorder == [POSTS]


def test_thousand_saves_in_one_transaction_make_one_announcement(
    post: Post, recorder: SignalRecorder
) -> None:
    with transaction.atomic():
        for _ in range(1_000):
            post.save()
        assert len(transaction.get_connection().run_on_commit) == 1
    assert recorder == [POSTS]


def test_posts_and_counts_of_one_transaction_make_one_announcement(
    post: Post, recorder: SignalRecorder
) -> None:
    with transaction.atomic():
        LikeFactory.create(post=post)
        post.save()
        with transaction.atomic():
            CommentFactory.create(post=post)
    assert recorder == [POSTS]
    assert recorder.causes == ["comment changed, like changed, post saved"]


def test_failing_receiver_affects_neither_writer_nor_other_receivers(
    post: Post, recorder: SignalRecorder
) -> None:
    def fail(**kwargs: Any) -> None:
        raise ZeroDivisionError

    posts_changed.connect(fail)
    try:
        post.save()
    finally:
        posts_changed.disconnect(fail)
    assert recorder == [POSTS]


def test_receiver_may_write(post: Post, recorder: SignalRecorder) -> None:
    def like(**kwargs: Any) -> None:
        Like.objects.get_or_create(post=post, user=post.author)

    posts_changed.connect(like)
    try:
        post.save()
    finally:
        posts_changed.disconnect(like)
    assert sorted(recorder) == [COUNTS, POSTS]


def _committed(write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()


def _rolled_back(write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
