"""seed_demo: realistic and repeatable content; accounts of other people are not changed."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from demo.loader import content
from demo.management.commands import seed_demo
from demo.tables import ContentError
from posts.models import Comment, Like, Post, User
from posts.post_images import images_of
from posts.signals import posts_changed
from posts.text import MENTION, hashtags
from tests.factories import UserFactory
from tests.unit.posts import sample_images as pictures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


def seed(**options: int) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def contents() -> dict[str | None, str]:
    return dict(Post.objects.values_list("external_id", "content"))


def test_command_creates_the_requested_number_of_posts() -> None:
    assert "60 posts added" in seed(posts=60)
    assert set(contents()) == {f"demo:{number}" for number in range(1, 61)}


def test_second_run_adds_nothing() -> None:
    seed(posts=40)
    before = [list(model.objects.order_by("pk").values()) for model in (Post, Like, Comment, User)]
    files = pictures.stored()
    assert "0 posts added, with 0 likes and 0 comments" in seed(posts=40)
    assert "0 posts added, with 0 likes and 0 comments" in seed(posts=20)
    after = [list(model.objects.order_by("pk").values()) for model in (Post, Like, Comment, User)]
    assert after == before
    assert pictures.stored() == files


def test_larger_number_adds_the_difference() -> None:
    seed(posts=20)
    first = contents()
    assert "30 posts added" in seed(posts=50)
    assert len(contents()) == 50
    assert contents().items() >= first.items()


def test_same_seed_gives_the_same_content_in_one_or_two_steps() -> None:
    seed(posts=20)
    seed(posts=50)
    in_two_steps = contents()
    Post.objects.all().delete()
    seed(posts=50)
    assert contents() == in_two_steps


def test_other_seed_gives_other_content() -> None:
    seed(posts=30)
    first = contents()
    Post.objects.all().delete()
    seed(posts=30, seed=2)
    assert contents() != first


def test_deleted_post_is_not_created_again() -> None:
    seed(posts=30)
    Post.objects.filter(external_id="demo:7").delete()
    assert "0 posts added" in seed(posts=30)


def test_posts_are_recent_and_ids_grow_with_time() -> None:
    seed(posts=300)
    moments = list(Post.objects.order_by("pk").values_list("created_at", flat=True))
    assert all(earlier < later for earlier, later in pairwise(moments))
    assert timezone.now() - timedelta(days=30) < moments[0] < moments[-1] < timezone.now()
    assert sum(moment.microsecond % 1_000 != 0 for moment in moments) > 250


def test_likes_and_comments_are_between_their_post_and_now() -> None:
    seed(posts=100)
    now = timezone.now()
    for row in [*Like.objects.select_related("post"), *Comment.objects.select_related("post")]:
        assert row.post.created_at <= row.created_at < now


def test_content_is_diverse() -> None:
    seed(posts=1_000)
    posts = list(Post.objects.with_counts().select_related("author"))
    likes = [post.likes_count for post in posts]
    assert len({post.content for post in posts}) > 750
    assert len({post.author for post in posts}) == len(content().people)
    assert likes.count(0) > 300
    assert max(likes) > 20
    text = "\n".join(post.content for post in posts)
    for sign in ("#", "@", "https://example.", "\n    SELECT", "\n\n", "🙂", "👩🏽\u200d🌾"):
        assert sign in text
    for word in ("خبز", "פסיק", "ラジオ", "番茄", "книги", "चाय"):
        assert word in text
    assert sum(len(post.content) > 700 for post in posts) >= 4


def test_posts_and_comments_are_valid() -> None:
    seed(posts=300)
    for row in [*Post.objects.all(), *Comment.objects.all()]:
        # The database checks the rest, and Django would ask it five times for each row.
        row.clean_fields(exclude={"author", "post", "reply_to"})
        row.clean()


def test_mentions_are_of_existing_accounts() -> None:
    seed(posts=500)
    names = set(User.objects.values_list("username", flat=True))
    comments = Comment.objects.values_list("content", flat=True)
    texts = "\n".join([*contents().values(), *comments])
    assert len(MENTION.findall(texts)) > 50
    assert names.issuperset(MENTION.findall(texts))


def test_each_post_with_hashtags_shares_one_with_another_post() -> None:
    seed(posts=500)
    tags = [hashtags(content) for content in contents().values()]
    uses = Counter(tag for in_post in tags for tag in in_post)
    assert len(uses) > 40
    assert not [in_post for in_post in tags if in_post and max(uses[tag] for tag in in_post) == 1]


def test_people_have_images_and_bios() -> None:
    seed(posts=1)
    people = User.objects.filter(username__in=[author.username for author in content().people])
    assert not people.filter(bio="")
    # A few have none, so that the placeholder is visible, too.
    assert 3 <= people.filter(avatar="").count() <= 8
    assert len({person.date_joined.date() for person in people}) > 20
    for person in people:
        person.full_clean(exclude=["password"])


def test_only_newest_posts_have_images_and_their_number_is_limited() -> None:
    seed(posts=1_500)
    pictured = Post.objects.exclude(image="")
    newest = Post.objects.newest_first()[:250].values("pk")
    assert 40 <= pictured.count() <= 60
    assert not pictured.exclude(pk__in=newest)
    assert not pictured.filter(image_alt="")
    assert not pictured.filter(image_width=None)
    assert not Post.objects.filter(image="").exclude(image_alt="")


def test_each_image_is_a_separate_file_deleted_with_its_row(
    django_capture_on_commit_callbacks: Any,
) -> None:
    seed(posts=20)
    posts = [image.file for post in Post.objects.all() for image in images_of(post)]
    people = User.objects.exclude(avatar="").values_list("avatar", flat=True)
    assert sorted(pictures.stored()) == sorted([*posts, *people])
    with django_capture_on_commit_callbacks(execute=True):
        Post.objects.exclude(image="").delete()
    assert pictures.stored() == set(people)


def test_failed_run_leaves_no_files(monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    def break_down(*_: object, **__: object) -> None:
        assert pictures.stored()
        raise OSError("No space left on device")

    monkeypatch.setattr(Like.objects, "bulk_create", break_down)
    with pytest.raises(OSError, match="No space left"):
        seed(posts=10)
    assert not Post.objects.exists()
    assert not pictures.stored()


def test_replies_are_later_and_on_the_same_post() -> None:
    seed(posts=300)
    replies = Comment.objects.exclude(reply_to=None)
    assert replies.count() > 100
    assert replies.filter(reply_to__reply_to__isnull=False).count() > 5
    assert not replies.exclude(reply_to__post=F("post"))
    assert not replies.exclude(reply_to__created_at__lt=F("created_at"))


def test_some_posts_are_edited_after_they_were_written() -> None:
    seed(posts=500)
    edited = Post.objects.exclude(updated_at=F("created_at"))
    assert edited.exists()
    assert not edited.filter(updated_at__lt=F("created_at"))
    assert not edited.filter(updated_at__gt=timezone.now())


def test_newest_posts_are_stories_for_any_number_of_posts() -> None:
    seed(posts=2_000)
    stories = {story.text for story in content().stories}
    newest = Post.objects.newest_first()[:40].values_list("content", flat=True)
    assert sum(content in stories for content in newest) > 20
    assert set(contents().values()) > stories


def test_newest_post_has_few_likes() -> None:
    seed(posts=500)
    newest = Post.objects.newest_first().with_counts()[0]
    assert timezone.now() - newest.created_at < timedelta(minutes=10)
    assert newest.likes_count < 8


def test_seeding_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(150):
        seed(posts=3_000)


@pytest.mark.django_db(transaction=True)
def test_seeding_is_announced_once() -> None:
    seen: list[int] = []

    def listen(**kwargs: Any) -> None:
        seen.append(Post.objects.count())

    posts_changed.connect(listen)
    try:
        seed(posts=50)
    finally:
        posts_changed.disconnect(listen)
    assert seen == [50]


def test_only_demo_and_admin_get_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    seed(posts=5)
    able = [user for user in User.objects.all() if user.has_usable_password()]
    assert {user.username for user in able} == {"demo", "admin"}
    assert all(user.check_password("correct horse battery") for user in able)
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]


def test_output_says_that_accounts_cannot_sign_in_without_password() -> None:
    out = seed(posts=5)
    assert "The account demo cannot sign in: DEMO_PASSWORD is not set" in out
    assert "The account admin cannot sign in: DEMO_PASSWORD is not set" in out
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_changed_password_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    seed(posts=5)
    demo_user = User.objects.get(username="demo")
    demo_user.set_password("one of my own")
    demo_user.save()
    seed(posts=5)
    demo_user.refresh_from_db()
    assert demo_user.check_password("one of my own")


def test_existing_account_named_admin_gets_no_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery")
    admin = UserFactory.create(username="admin", password="one of my own")
    assert "admin exists already and is not changed" in seed(posts=5)
    admin.refresh_from_db()
    assert not admin.is_superuser
    assert admin.check_password("one of my own")


def test_existing_account_with_a_demo_name_gets_no_content() -> None:
    author = UserFactory.create(username=content().people[0].username)
    seed(posts=50)
    assert not author.posts.exists()
    assert not author.likes.exists()
    assert not author.comments.exists()


@pytest.mark.parametrize("posts", [-1, 1_000_001])
def test_number_of_posts_out_of_range_is_refused(posts: int) -> None:
    with pytest.raises(CommandError, match="--posts must be from 0"):
        seed(posts=posts)


def test_invalid_content_stops_the_command_before_any_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise ContentError("people.toml: people 1: bio is missing")

    monkeypatch.setattr(seed_demo, "content", fail)
    with pytest.raises(CommandError, match=r"^people\.toml: people 1: bio is missing$"):
        seed()
    assert not User.objects.exists()
