"""Reports in the admin."""

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posts.models import Comment, Post, Report, User
from posts.signals import counts_changed
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.posts.admin_pages import act, announced, shown, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator() -> User:
    user: User = UserFactory.create(is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def page(moderator: User) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


def report(**subject: Post | Comment) -> Report:
    return Report.objects.create(reporter=UserFactory.create(), reason="spam", **subject)


def test_list_shows_open_reports_and_others_by_filter(page: Client) -> None:
    post, comment = PostFactory.create(content="Buy figs"), CommentFactory.create(content="Now")
    first, second = report(post=post), report(comment=comment)
    assert shown(page, "report") == [second, first]
    assert "Buy figs" in page.get(url("report_changelist")).content.decode()
    act(page, "report", "resolve", first)
    assert shown(page, "report") == [second]
    assert shown(page, "report", "?standing=resolved") == [first]
    assert shown(page, "report", "?standing=all") == [second, first]
    assert shown(page, "report", "?standing=all&q=figs") == [first]
    text = page.get(url("report_change", first.pk)).content.decode()
    assert "Buy figs" in text
    assert url("post_change", post.pk) in text


def test_number_of_queries_does_not_grow_with_the_list(page: Client) -> None:
    report(post=PostFactory.create())
    report(comment=CommentFactory.create())
    shown(page, "report")
    with CaptureQueriesContext(connection) as few:
        shown(page, "report")
    for _ in range(10):
        report(post=PostFactory.create())
        report(comment=CommentFactory.create())
    with CaptureQueriesContext(connection) as many:
        assert len(shown(page, "report")) == 22
    assert len(many) == len(few)


def test_resolved_report_names_its_moderator_and_keeps_its_subject(
    page: Client, moderator: User
) -> None:
    made = report(post=PostFactory.create())
    assert "Resolved: 1." in act(page, "report", "resolve", made)
    made.refresh_from_db()
    assert made.resolved_by == moderator
    assert made.resolved_at is not None
    assert Post.objects.exists()
    when = made.resolved_at
    act(page, "report", "resolve", made)
    made.refresh_from_db()
    assert made.resolved_at == when


@pytest.mark.django_db(transaction=True)
def test_reported_rows_are_deleted_after_a_confirmation(page: Client) -> None:
    post, comment, kept = PostFactory.create(), CommentFactory.create(), PostFactory.create()
    LikeFactory.create(post=post)
    reports = [report(post=post), report(post=post), report(comment=comment)]
    report(post=kept)
    question = act(page, "report", "delete_reported", *reports)
    assert question.count(post.content) == 1
    assert Post.objects.count() == 3
    with announced() as causes:
        answer = act(page, "report", "delete_reported", *reports, post="yes")
    assert "Deleted: 2." in answer
    assert not Comment.objects.exists()
    assert set(Post.objects.all()) == {comment.post, kept}
    assert [left.post for left in Report.objects.all()] == [kept]
    assert len(causes) == 1
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 2


@pytest.mark.django_db(transaction=True)
def test_deleting_only_a_reported_comment_announces_counts(page: Client) -> None:
    made = report(comment=CommentFactory.create())
    with announced(counts_changed) as causes:
        act(page, "report", "delete_reported", made, post="yes")
    assert len(causes) == 1


@pytest.mark.parametrize(
    ("permissions", "deletes"),
    [
        (["view_report", "change_report"], False),
        (["view_report", "change_report", "delete_post"], False),
        (["view_report", "change_report", "delete_post", "delete_comment"], True),
    ],
)
def test_deleting_needs_the_powers_over_posts_and_comments(
    permissions: list[str], deletes: bool
) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    made = report(post=PostFactory.create())
    assert ("delete_reported" in client.get(url("report_changelist")).content.decode()) is deletes
    act(client, "report", "delete_reported", made, post="yes")
    assert Post.objects.exists() is not deletes


def test_power_to_delete_posts_is_enough_for_a_post_with_reports() -> None:
    user = UserFactory.create(is_staff=True)
    names = ["view_post", "change_post", "delete_post", "delete_comment"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    made = report(post=PostFactory.create())
    client.post(url("post_delete", made.post_id), {"post": "yes"})
    assert not Post.objects.exists()


def test_reports_can_not_be_added_or_changed_in_the_admin(page: Client) -> None:
    made = report(post=PostFactory.create())
    assert page.post(url("report_add"), {}).status_code == 403
    page.post(url("report_change", made.pk), {"reason": "abuse", "note": "put into their mouth"})
    made.refresh_from_db()
    assert (made.reason, made.note) == ("spam", "")
