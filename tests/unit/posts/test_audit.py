"""What is in the audit log, who is its actor, and what is not kept."""

import json
import logging
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.test import Client

from posts import audit, tokens
from posts.models import AuditEntry, Report, User
from tests.factories import CommentFactory, PostFactory, UserFactory, permitted
from tests.unit.posts.admin_pages import act, url
from tests.unit.posts.calls import JSON, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief() -> User:
    user: User = UserFactory.create(username="chief", is_staff=True, is_superuser=True)
    AuditEntry.objects.all()._raw_delete("default")  # that they were made is no part of the tests
    return user


def told() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.order_by("pk")
    return [(entry.actor, entry.action, entry.object_name) for entry in entries]


def test_every_change_in_the_admin_is_told_with_its_values(chief: User) -> None:
    post = PostFactory.create(content="Before.")
    page = signed_in(chief)
    data = {"content": "After.", "image_url": "", "image_alt": ""}
    assert page.post(url("post_change", post.pk), data).status_code == 302
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.action, entry.object_id) == ("chief", "changed", str(post.pk))
    assert entry.detail == {
        "message": "Changed content.",
        "before": {"content": "Before."},
        "after": {"content": "After."},
    }


def test_each_of_several_rows_is_told(chief: User) -> None:
    posts = PostFactory.create_batch(3)
    groups = [Group.objects.create(name=name) for name in ("a", "b")]
    page = signed_in(chief)
    act(page, "post", "delete_selected", *posts, post="yes")
    data = {"action": "delete_selected", "_selected_action": [g.pk for g in groups], "post": "yes"}
    assert page.post("/admin/auth/group/", data).status_code == 302
    deleted = AuditEntry.objects.filter(action="deleted").order_by("pk")
    assert sorted(entry.object_name for entry in deleted) == sorted(
        str(row) for row in (*posts, *groups)
    )
    kept = [entry.detail["before"]["content"] for entry in deleted if "before" in entry.detail]
    assert sorted(kept) == sorted(post.content for post in posts)


def test_what_was_reported_and_deleted_is_kept(chief: User) -> None:
    comment = CommentFactory.create(content="Buy!")
    report = Report.objects.create(comment=comment, reporter=UserFactory.create(), reason="spam")
    act(signed_in(chief), "report", "delete_reported", report, post="yes")
    entry = AuditEntry.objects.get(action="deleted")
    assert (entry.detail["message"], entry.detail["before"]["content"]) == ("Reported", "Buy!")


def test_revoked_tokens_are_told_by_their_holder(chief: User) -> None:
    ada = UserFactory.create(username="ada")
    tokens.issue(ada)
    tokens.issue(ada)
    act(signed_in(chief), "user", "revoke_tokens", ada, UserFactory.create())
    entry = AuditEntry.objects.exclude(action="signed in").get()
    assert (entry.object_name, entry.detail["message"]) == ("ada", "API tokens revoked")


def test_a_token_names_its_actor_too() -> None:
    moderator = permitted("delete_post", username="mod1")
    post = PostFactory.create()
    headers = {"Authorization": f"Bearer {tokens.issue(moderator).secret}"}
    assert Client().delete(f"/api/posts/{post.pk}/", headers=headers).status_code == 204
    assert told()[-1][:2] == ("mod1", "deleted")


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("way", ["saved", "saved in part", "updated", "made"])
def test_powers_given_by_whatever_way_are_told(field: str, way: str) -> None:
    ada = UserFactory.create(username="ada")
    setattr(ada, field, True)
    if way == "saved":
        ada.save()
    elif way == "saved in part":
        ada.save(update_fields=[field])
    elif way == "updated":
        assert User.objects.filter(pk=ada.pk).update(**{field: True}) == 1
        assert User.objects.filter(pk=ada.pk).update(**{field: True}) == 1  # no news
    else:
        User.objects.create_user("other", **{field: True})
    entry = AuditEntry.objects.get()
    assert entry.action == "powers changed"
    assert entry.object_name == ("other" if way == "made" else "ada")
    assert entry.detail["after"] == {field: True}


def test_permissions_and_groups_that_are_given_and_taken_are_told() -> None:
    ada = UserFactory.create(username="ada")
    power = Permission.objects.get(codename="delete_post")
    group = Group.objects.create(name="moderators")
    ada.user_permissions.add(power)
    ada.user_permissions.add(power)  # no news
    group.permissions.add(power)
    ada.groups.add(group)
    group.user_set.remove(ada)
    ada.user_permissions.clear()
    assert [(entry.object_name, entry.detail) for entry in AuditEntry.objects.order_by("pk")] == [
        ("ada", {"what": "auth.permission", "added": ["delete_post"]}),
        ("moderators", {"what": "auth.permission", "added": ["delete_post"]}),
        ("ada", {"what": "auth.group", "added": ["moderators"]}),
        ("moderators", {"what": "posts.user", "removed": ["ada"]}),
        ("ada", {"what": "auth.permission", "removed": "all"}),
    ]


def test_powers_given_in_the_admin_name_who_gave_them(chief: User) -> None:
    ada = UserFactory.create(username="ada")
    data = {"username": "ada", "is_active": "on", "is_staff": "on"}
    assert signed_in(chief).post(url("user_change", ada.pk), data).status_code == 302
    entry = AuditEntry.objects.get(action="powers changed")
    assert (entry.actor, entry.detail["after"]) == ("chief", {"is_staff": True})


def test_the_end_of_an_account_is_told_and_by_whom() -> None:
    ada = UserFactory.create(username="ada")
    client = signed_in(ada)
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery", "next": "/"})
    assert client.post("/accounts/delete/", {}).status_code == 302
    User.objects.filter(pk=UserFactory.create(username="bob").pk).delete()
    assert told() == [("ada", "account deleted", "ada"), ("", "account deleted", "bob")]


def test_staff_who_sign_in_are_told_and_others_are_not() -> None:
    signed_in(UserFactory.create(username="ada"))
    boss = permitted(username="boss", is_superuser=True)
    signed_in(boss)
    assert ("boss", "signed in", "boss") in told()
    assert not AuditEntry.objects.filter(actor="ada").exists()


def test_a_changed_password_is_told_and_not_kept(chief: User) -> None:
    ada = UserFactory.create(username="ada")
    data = {
        "password1": "another horse battery",
        "password2": "another horse battery",
        "usable_password": "true",
    }
    path = f"/admin/posts/user/{ada.pk}/password/"
    assert signed_in(chief).post(path, data).status_code == 302
    ada.refresh_from_db()
    entry = AuditEntry.objects.get(action="changed")
    assert "password" in entry.detail["message"].lower()
    assert ada.password not in json.dumps(entry.detail)
    assert audit.plain({"password": "x", "bio": "y"}) == {"bio": "y"}


@pytest.mark.django_db(transaction=True)
def test_a_log_line_is_written_when_it_has_happened(caplog: pytest.LogCaptureFixture) -> None:
    moderator = permitted("change_post", username="mod1")
    post = PostFactory.create(content="private words")
    caplog.set_level(logging.INFO, logger="posts.audit")
    caplog.clear()
    with transaction.atomic():
        audit.power_used(moderator, [post], CHANGE)
        transaction.set_rollback(True)
    assert not caplog.messages
    body = {"content": "New words"}
    path = f"/api/posts/{post.pk}/"
    assert signed_in(moderator).patch(path, body, content_type=JSON).status_code == 200
    (line,) = [record.msg for record in caplog.records if record.name == "posts.audit"]
    told: dict[str, Any] = line  # type: ignore[assignment] # a dict of structlog's
    assert (told["event"], told["action"], told["actor"]) == ("power used", "changed", "mod1")
    assert (told["object_type"], told["object_id"]) == ("posts.post", str(post.pk))
    assert "words" not in str(told)


def test_an_entry_is_added_even_under_the_id_of_another_and_then_refused() -> None:
    AuditEntry.objects.create(action="changed")
    first = AuditEntry.objects.get()
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        AuditEntry(pk=first.pk, action="nothing").save()
    assert AuditEntry.objects.get().action == "changed"


def test_an_entry_of_the_admins_log_that_is_saved_again_is_not_told_again(chief: User) -> None:
    audit.power_used(chief, [PostFactory.create()], CHANGE, "By hand")
    entry = LogEntry.objects.get()
    entry.save()
    assert [action for _, action, _ in told()] == ["changed"]
    assert str(AuditEntry.objects.get()).startswith("chief: changed ")
