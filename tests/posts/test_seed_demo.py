"""seed_demo: believable, the same each time, and nobody's password or name is touched."""

from datetime import timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from posts import demo
from posts.models import Comment, Like, Post, User
from posts.signals import posts_changed
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


def seed(**options: int) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def contents() -> dict[str | None, str]:
    return dict(Post.objects.values_list("external_id", "content"))


def test_it_makes_as_many_posts_as_asked_for() -> None:
    assert "60 posts added" in seed(posts=60)
    assert set(contents()) == {f"demo:{number}" for number in range(1, 61)}


def test_running_it_again_adds_nothing() -> None:
    seed(posts=40)
    before = [list(model.objects.order_by("pk").values()) for model in (Post, Like, Comment, User)]
    assert "0 posts added, with 0 likes and 0 comments" in seed(posts=40)
    assert "0 posts added, with 0 likes and 0 comments" in seed(posts=20)
    after = [list(model.objects.order_by("pk").values()) for model in (Post, Like, Comment, User)]
    assert after == before


def test_a_larger_number_adds_the_difference() -> None:
    seed(posts=20)
    first = contents()
    assert "30 posts added" in seed(posts=50)
    assert len(contents()) == 50
    assert contents().items() >= first.items()


def test_the_same_seed_gives_the_same_content_however_it_came_to_be() -> None:
    seed(posts=20)
    seed(posts=50)
    in_two_steps = contents()
    Post.objects.all().delete()
    seed(posts=50)
    assert contents() == in_two_steps


def test_another_seed_gives_other_content() -> None:
    seed(posts=30)
    first = contents()
    Post.objects.all().delete()
    seed(posts=30, seed=2)
    assert contents() != first


def test_a_post_that_was_deleted_does_not_come_back() -> None:
    seed(posts=30)
    Post.objects.filter(external_id="demo:7").delete()
    assert "0 posts added" in seed(posts=30)


def test_posts_are_of_the_last_weeks_and_their_ids_grow_with_time() -> None:
    seed(posts=300)
    moments = list(Post.objects.order_by("pk").values_list("created_at", flat=True))
    assert all(one < other for one, other in pairwise(moments))
    assert timezone.now() - timedelta(days=30) < moments[0] < moments[-1] < timezone.now()
    assert sum(moment.microsecond % 1_000 != 0 for moment in moments) > 250


def test_nothing_happens_before_its_post_or_in_the_future() -> None:
    seed(posts=100)
    now = timezone.now()
    for row in [*Like.objects.select_related("post"), *Comment.objects.select_related("post")]:
        assert row.post.created_at <= row.created_at < now


def test_it_looks_lived_in() -> None:
    seed(posts=1_000)
    posts = list(Post.objects.with_counts().select_related("author"))
    likes = [post.likes_count for post in posts]  # type: ignore[attr-defined] # annotated
    assert len({post.content for post in posts}) > 750
    assert len({post.author for post in posts}) == len(demo.AUTHORS)
    assert likes.count(0) > 300
    assert max(likes) > 20
    text = "\n".join(post.content for post in posts)
    for sign in ("#", "@", "https://example.", "```", "\n\n", "🙂", "ا", "ש", "日", "я"):  # noqa: RUF001 -- scripts are the point
        assert sign in text
    assert max(len(post.content) for post in posts) > 500


def test_everything_in_it_is_valid() -> None:
    seed(posts=300)
    for row in [*Post.objects.all(), *Comment.objects.all()]:
        row.full_clean()


def test_every_mention_is_of_somebody_there() -> None:
    seed(posts=300)
    names = set(User.objects.values_list("username", flat=True))
    for content in contents().values():
        mentions = [word.strip("@?.,!:") for word in content.split() if word.startswith("@")]
        assert names.issuperset(mentions)


def test_thousands_of_posts_take_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(150):
        seed(posts=3_000)


@pytest.mark.django_db(transaction=True)
def test_it_is_announced_once() -> None:
    seen: list[int] = []

    def listen(**kwargs: Any) -> None:
        seen.append(Post.objects.count())

    posts_changed.connect(listen)
    try:
        seed(posts=50)
    finally:
        posts_changed.disconnect(listen)
    assert seen == [50]


def test_only_demo_and_admin_can_sign_in_with_the_password_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    seed(posts=5)
    able = [user for user in User.objects.all() if user.has_usable_password()]
    assert {user.username for user in able} == {"demo", "admin"}
    assert all(user.check_password("correct horse battery") for user in able)
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]


def test_without_a_password_nobody_can_sign_in_and_it_says_so() -> None:
    out = seed(posts=5)
    assert "Nobody can sign in as demo: DEMO_PASSWORD is not set" in out
    assert "Nobody can sign in as admin: DEMO_PASSWORD is not set" in out
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_password_that_was_changed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    seed(posts=5)
    demo_user = User.objects.get(username="demo")
    demo_user.set_password("one of my own")
    demo_user.save()
    seed(posts=5)
    demo_user.refresh_from_db()
    assert demo_user.check_password("one of my own")


def test_somebody_who_signed_up_as_admin_gets_no_powers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    admin = UserFactory.create(username="admin", password="one of my own")
    assert "admin is there already and left as it is" in seed(posts=5)
    admin.refresh_from_db()
    assert not admin.is_superuser
    assert admin.check_password("one of my own")


def test_nobody_is_made_to_say_what_the_demo_says() -> None:
    author = UserFactory.create(username=demo.AUTHORS[0].username)
    seed(posts=50)
    assert not author.posts.exists()
    assert not author.likes.exists()
    assert not author.comments.exists()


@pytest.mark.parametrize("posts", [-1, 1_000_001])
def test_an_impossible_number_is_refused(posts: int) -> None:
    with pytest.raises(CommandError, match="--posts must be from 0"):
        seed(posts=posts)
