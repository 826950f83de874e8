"""The audit log: its entries, their actors, and values that are not kept."""

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
    AuditEntry.objects.all()._raw_delete("default")  # the tests start with an empty log
    return user


def entries() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.order_by("pk")
    return [(entry.actor, entry.action, entry.object_name) for entry in entries]


def test_change_in_the_admin_is_logged_with_its_values(chief: User) -> None:
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


def test_bulk_action_logs_each_row(chief: User) -> None:
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


def test_log_keeps_the_content_of_deleted_reported_rows(chief: User) -> None:
    comment = CommentFactory.create(content="Buy!")
    report = Report.objects.create(comment=comment, reporter=UserFactory.create(), reason="spam")
    act(signed_in(chief), "report", "delete_reported", report, post="yes")
    entry = AuditEntry.objects.get(action="deleted")
    assert (entry.detail["message"], entry.detail["before"]["content"]) == ("Reported", "Buy!")


def test_revoked_tokens_are_logged_for_their_holder(chief: User) -> None:
    ada = UserFactory.create(username="ada")
    tokens.issue(ada)
    tokens.issue(ada)
    act(signed_in(chief), "user", "revoke_tokens", ada, UserFactory.create())
    entry = AuditEntry.objects.exclude(action="signed in").get()
    assert (entry.object_name, entry.detail["message"]) == ("ada", "API tokens revoked")


def test_actor_of_a_request_with_a_token_is_logged() -> None:
    moderator = permitted("delete_post", username="mod1")
    post = PostFactory.create()
    headers = {"Authorization": f"Bearer {tokens.issue(moderator).secret}"}
    assert Client().delete(f"/api/posts/{post.pk}/", headers=headers).status_code == 204
    assert entries()[-1][:2] == ("mod1", "deleted")


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("way", ["saved", "saved in part", "updated", "made"])
def test_powers_given_in_any_way_are_logged(field: str, way: str) -> None:
    ada = UserFactory.create(username="ada")
    setattr(ada, field, True)
    if way == "saved":
        ada.save()
    elif way == "saved in part":
        ada.save(update_fields=[field])
    elif way == "updated":
        assert User.objects.filter(pk=ada.pk).update(**{field: True}) == 1
        assert User.objects.filter(pk=ada.pk).update(**{field: True}) == 1  # no change, so no entry
    else:
        User.objects.create_user("other", **{field: True})
    entry = AuditEntry.objects.get()
    assert entry.action == "powers changed"
    assert entry.object_name == ("other" if way == "made" else "ada")
    assert entry.detail["after"] == {field: True}


def test_added_and_removed_permissions_and_groups_are_logged() -> None:
    ada = UserFactory.create(username="ada")
    power = Permission.objects.get(codename="delete_post")
    group = Group.objects.create(name="moderators")
    ada.user_permissions.add(power)
    ada.user_permissions.add(power)  # no change, so no entry
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


def test_powers_given_in_the_admin_are_logged_with_their_actor(chief: User) -> None:
    ada = UserFactory.create(username="ada")
    data = {"username": "ada", "is_active": "on", "is_staff": "on"}
    assert signed_in(chief).post(url("user_change", ada.pk), data).status_code == 302
    entry = AuditEntry.objects.get(action="powers changed")
    assert (entry.actor, entry.detail["after"]) == ("chief", {"is_staff": True})


def test_deleted_account_is_logged_with_its_actor() -> None:
    ada = UserFactory.create(username="ada")
    client = signed_in(ada)
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery", "next": "/"})
    assert client.post("/accounts/delete/", {}).status_code == 302
    User.objects.filter(pk=UserFactory.create(username="bob").pk).delete()
    assert entries() == [("ada", "account deleted", "ada"), ("", "account deleted", "bob")]


def test_only_sign_ins_of_staff_are_logged() -> None:
    signed_in(UserFactory.create(username="ada"))
    boss = permitted(username="boss", is_superuser=True)
    signed_in(boss)
    assert ("boss", "signed in", "boss") in entries()
    assert not AuditEntry.objects.filter(actor="ada").exists()


def test_changed_password_is_logged_without_its_value(chief: User) -> None:
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
def test_log_line_is_written_after_the_commit(caplog: pytest.LogCaptureFixture) -> None:
    moderator = permitted("change_post", username="mod1")
    post = PostFactory.create(content="private words")
    caplog.set_level(logging.INFO, logger="posts.audit")
    caplog.clear()
    with transaction.atomic():
        audit.log_action(moderator, [post], CHANGE)
        transaction.set_rollback(True)
    assert not caplog.messages
    body = {"content": "New words"}
    path = f"/api/posts/{post.pk}/"
    assert signed_in(moderator).patch(path, body, content_type=JSON).status_code == 200
    (line,) = [record.msg for record in caplog.records if record.name == "posts.audit"]
    logged: dict[str, Any] = line  # type: ignore[assignment] # a dict of structlog's
    assert (logged["event"], logged["action"], logged["actor"]) == ("power used", "changed", "mod1")
    assert (logged["object_type"], logged["object_id"]) == ("posts.post", str(post.pk))
    assert "words" not in str(logged)


def test_saving_an_entry_under_an_existing_id_is_refused() -> None:
    AuditEntry.objects.create(action="changed")
    first = AuditEntry.objects.get()
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        AuditEntry(pk=first.pk, action="nothing").save()
    assert AuditEntry.objects.get().action == "changed"


def test_admin_log_entry_saved_again_is_copied_once(chief: User) -> None:
    audit.log_action(chief, [PostFactory.create()], CHANGE, "By hand")
    entry = LogEntry.objects.get()
    entry.save()
    assert [action for _, action, _ in entries()] == ["changed"]
    assert str(AuditEntry.objects.get()).startswith("chief: changed ")
