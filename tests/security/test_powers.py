"""Misuse of permissions by a moderator, or by the thief of a moderator's account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from feed.viewers import known_viewers
from posts.errors import AppendOnlyError
from posts.models import AuditEntry, Comment, Post, User
from tests.factories import CommentFactory, PostFactory, UserFactory, permitted
from tests.unit.feed.reading import bearer, get, text
from tests.unit.posts.admin_pages import act, url
from tests.unit.posts.calls import JSON

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ADMIN_MODELS = ("auditentry", "comment", "like", "post", "postversion", "report", "user")
ALLOWED_IN_ADMIN = {
    "auth.group",
    *(f"posts.{name}" for name in ADMIN_MODELS),
}
PERMISSIONS = ("change_post", "delete_post", "delete_comment")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff_with(*permissions: str, app: str) -> User:
    user: User = UserFactory.create(is_staff=True)
    found = Permission.objects.filter(content_type__app_label=app, codename__in=permissions)
    user.user_permissions.set(found)
    return user


# --- Finding 5: addresses of other accounts -----------------------------------------------------


def test_moderator_cannot_add_an_address_to_a_superuser() -> None:
    root = UserFactory.create(username="chief", is_staff=True, is_superuser=True)
    mallory = staff_with(
        *(f"{verb}_emailaddress" for verb in ("add", "change", "delete", "view")), app="account"
    )
    assert mallory.user_permissions.count() == 4
    page = signed_in(mallory)
    data = {"user": root.pk, "email": "mine@evil.example", "verified": "on", "primary": "on"}
    for path in ("", "add/"):
        assert page.post(f"/admin/account/emailaddress/{path}", data).status_code == 404
    assert not root.emailaddress_set.filter(email="mine@evil.example").exists()


def test_admin_registers_only_listed_models() -> None:
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered <= ALLOWED_IN_ADMIN
    assert {label.partition(".")[2] for label in ALLOWED_IN_ADMIN} <= {
        label.partition(".")[2] for label in registered
    }


@pytest.mark.parametrize(
    "label", ["account", "mfa", "usersessions", "knox", "django_tasks_database"]
)
def test_account_models_are_not_in_the_admin_for_any_order_of_apps(
    label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from posts.admin import foreign

    names = {"knox": "knox", "django_tasks_database": "django_tasks_db"}
    if not apps.is_installed(names.get(label, f"allauth.{label}")):
        pytest.skip("This app is not installed.")
    models = list(apps.get_app_config(label).get_models())
    for model in models:  # as if the app's own admin module had run last
        admin.site.register(model)
    foreign.hide()
    assert not any(admin.site.is_registered(model) for model in models)


# --- Finding 6: staff without any permission ----------------------------------------------------

ATTACKS: dict[str, tuple[str, Callable[[Client, Post, Comment], Any]]] = {
    "API PUT": (
        "change_post",
        lambda c, post, _: c.put(f"/api/posts/{post.pk}/", {"content": "mine"}, content_type=JSON),
    ),
    "API PATCH": (
        "change_post",
        lambda c, post, _: c.patch(
            f"/api/posts/{post.pk}/", {"content": "mine"}, content_type=JSON
        ),
    ),
    "API DELETE of a post": (
        "delete_post",
        lambda c, post, _: c.delete(f"/api/posts/{post.pk}/"),
    ),
    "API DELETE of a comment": (
        "delete_comment",
        lambda c, _, comment: c.delete(f"/api/comments/{comment.pk}/"),
    ),
    "page: edit": (
        "change_post",
        lambda c, post, _: c.post(f"/posts/{post.pk}/edit/", {"content": "mine"}),
    ),
    "page: delete a post": (
        "delete_post",
        lambda c, post, _: c.post(f"/posts/{post.pk}/delete/"),
    ),
    "page: delete a comment": (
        "delete_comment",
        lambda c, _, comment: c.post(f"/comments/{comment.pk}/delete/"),
    ),
}


@pytest.fixture
def comment() -> Comment:
    written: Comment = CommentFactory.create(content="a comment", post__content="a post")
    return written


def rows() -> list[Any]:
    return [*Post.objects.values_list("pk", "content"), *Comment.objects.values_list("pk")]


@pytest.mark.parametrize("attack", ATTACKS)
def test_staff_without_the_permission_cannot_change_content_of_others(
    attack: str, comment: Comment
) -> None:
    permission, send = ATTACKS[attack]
    before = rows()
    others = {*PERMISSIONS, "change_comment"} - {permission}
    for user in (UserFactory.create(is_staff=True), permitted(*others, is_staff=True)):
        assert send(signed_in(user), comment.post, comment).status_code == 403
    assert rows() == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("attack", ATTACKS)
def test_revoked_permission_does_not_apply_at_the_next_write(attack: str, comment: Comment) -> None:
    permission, send = ATTACKS[attack]
    user = permitted(permission)
    client = signed_in(user)
    client.get("/")  # caches the permissions of this viewer
    user.user_permissions.clear()
    assert send(client, comment.post, comment).status_code == 403
    user.user_permissions.set(Permission.objects.filter(codename=permission))
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert send(client, comment.post, comment).status_code in {302, 401, 403}
    assert Post.objects.filter(content="a post").exists()
    assert Comment.objects.filter(pk=comment.pk).exists()


@pytest.mark.parametrize("given", ["to the person", "to a group", "superuser"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_moderation_is_logged_with_the_content_before(
    attack: str, given: str, comment: Comment
) -> None:
    permission, send = ATTACKS[attack]
    user = UserFactory.create(username="mod1", is_superuser=given == "superuser")
    held = Permission.objects.filter(codename=permission)
    if given == "to the person":
        user.user_permissions.set(held)
    elif given == "to a group":
        group = Group.objects.create(name="moderators")
        group.permissions.set(held)
        user.groups.add(group)
    post, author = comment.post, comment.author if "comment" in permission else comment.post.author
    assert send(signed_in(user), post, comment).status_code in {200, 204, 302}
    entry = AuditEntry.objects.filter(action__in=["changed", "deleted"]).get()
    subject = comment if "comment" in permission else post
    assert (entry.actor_id, entry.actor) == (user.pk, "mod1")
    assert (entry.object_type, entry.object_id) == (subject._meta.label_lower, str(subject.pk))
    assert entry.detail["before"]["content"] == subject.content
    if permission == "change_post":
        assert (entry.action, entry.detail["after"]) == ("changed", {"content": "mine"})
    else:
        assert (entry.action, entry.detail["before"]["author_id"]) == ("deleted", author.pk)


@pytest.mark.parametrize("attack", ATTACKS)
def test_changes_of_own_content_are_not_logged(attack: str) -> None:
    comment = CommentFactory.create()
    post = PostFactory.create(author=comment.author)
    response = ATTACKS[attack][1](signed_in(comment.author), post, comment)
    assert response.status_code in {200, 204, 302}
    assert not AuditEntry.objects.exists()


def test_buttons_follow_permissions_within_the_viewer_cache_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(known_viewers(), "_clock", lambda: now[0])
    monkeypatch.setattr(
        known_viewers(), "_powers", type(known_viewers()._powers)(10, 30.0, timer=lambda: now[0])
    )
    post = PostFactory.create()
    user = permitted("change_post", is_staff=True)
    client = signed_in(user)
    paths = ("/", f"/posts/{post.pk}/", f"/authors/{post.author.username}/")
    offer = f'"/posts/{post.pk}/edit/"'
    assert all(offer in text(client.get(path)) for path in paths)
    assert f'"/posts/{post.pk}/delete/"' not in text(client.get("/"))
    user.user_permissions.clear()
    now[0] += 30.0
    assert not any(offer in text(client.get(path)) for path in paths)
    path = f"/api/viewer/posts/?ids={post.pk}"
    assert get(path, headers=bearer(user)).json()["editable"] == []


# --- Finding 7: writing under another name, and erasing the log --------------------------------


@pytest.mark.parametrize("model", ["post", "comment"])
def test_moderator_cannot_write_under_another_name(model: str) -> None:
    root = UserFactory.create(username="chief", is_superuser=True)
    mallory = permitted(f"add_{model}", f"change_{model}", f"view_{model}", is_staff=True)
    page = signed_in(mallory)
    theirs = (PostFactory if model == "post" else CommentFactory).create()
    post = PostFactory.create()
    data = {"author": root.pk, "content": "I resign.", "post": post.pk, "image_url": ""}
    assert page.post(url(f"{model}_add"), data).status_code == 302
    assert page.post(url(f"{model}_change", theirs.pk), data).status_code == 302
    written = type(theirs).objects.filter(content="I resign.").values_list("author", flat=True)
    assert sorted(written) == sorted([mallory.pk, theirs.author_id])
    assert not type(theirs).objects.filter(author=root).exists()


@pytest.mark.parametrize("role", ["staff", "superuser", "permission", "group"])
def test_account_with_permissions_cannot_delete_itself(role: str) -> None:
    mallory: User = UserFactory.create(is_staff=role == "staff")
    held = Permission.objects.filter(codename="delete_post")
    if role == "superuser":
        User.objects.filter(pk=mallory.pk).update(is_superuser=True)
    elif role == "permission":
        mallory.user_permissions.set(held)
    elif role == "group":
        group = Group.objects.create(name="moderators")
        group.permissions.set(held)
        mallory.groups.add(group)
    client = signed_in(mallory)
    assert "Ask a superuser" in text(client.get("/accounts/delete/"))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    response = client.post("/accounts/delete/", {"password": PASSWORD})
    assert response.status_code == 403
    assert "Ask a superuser" in text(response)
    assert User.objects.filter(pk=mallory.pk).exists()


def test_audit_log_remains_after_its_actor_is_deleted() -> None:
    mallory = permitted("delete_post", "view_post", is_staff=True, username="mallory")
    post = PostFactory.create(content="the truth")
    assert signed_in(mallory).delete(f"/api/posts/{post.pk}/").status_code == 204
    root = UserFactory.create(username="chief", is_superuser=True, is_staff=True)
    act(signed_in(root), "user", "delete_selected", mallory, post="yes")
    assert not User.objects.filter(username="mallory").exists()
    assert not LogEntry.objects.filter(object_repr__contains="the truth").exists()
    entry = AuditEntry.objects.get(action="deleted", object_type="posts.post")
    assert (entry.actor, entry.detail["before"]["content"]) == ("mallory", "the truth")
    deletion = AuditEntry.objects.get(action="account deleted")
    assert (deletion.actor, deletion.object_name) == ("chief", "mallory")


def test_moderator_cannot_delete_or_take_over_another_moderator() -> None:
    mallory = permitted("change_user", "delete_user", "view_user", is_staff=True)
    other = permitted("delete_post")
    page = signed_in(mallory)
    for path in (url("user_delete", other.pk), f"/admin/posts/user/{other.pk}/password/"):
        assert page.post(path, {"post": "yes"}).status_code == 403
    act(page, "user", "delete_selected", other, post="yes", expect=403)
    act(page, "user", "deactivate", other)
    other.refresh_from_db()
    assert other.is_active


def test_moderator_cannot_gain_permissions_through_a_group() -> None:
    mallory = staff_with("add_group", "change_group", "delete_group", "view_group", app="auth")
    group = Group.objects.create(name="helpers")
    mallory.groups.add(group)
    page = signed_in(mallory)
    chosen = Permission.objects.get(codename="delete_post").pk
    data = {"name": "helpers", "permissions": [chosen]}
    assert page.post(f"/admin/auth/group/{group.pk}/change/", data).status_code == 403
    assert not group.permissions.exists()


def test_audit_log_is_append_only() -> None:
    AuditEntry.objects.create(action="changed", actor="mallory")
    entry = AuditEntry.objects.get()
    entry.action = "nothing"
    entries = AuditEntry.objects.all()
    attempts: list[Callable[[], Any]] = [
        entry.save,
        entry.delete,
        entries.delete,
        lambda: entries.update(action="nothing"),
        lambda: entries.bulk_update([entry], ["action"]),
        lambda: AuditEntry._base_manager.update(action="nothing"),
        lambda: AuditEntry.objects.bulk_create(
            [entry], update_conflicts=True, update_fields=["action"], unique_fields=["id"]
        ),
    ]
    for attempt in attempts:
        with pytest.raises(AppendOnlyError):
            attempt()
    assert AuditEntry.objects.get().action == "changed"


def test_audit_log_is_read_only_in_the_admin() -> None:
    AuditEntry.objects.create(action="changed", actor="mallory")
    entry = AuditEntry.objects.get()
    root = UserFactory.create(is_staff=True, is_superuser=True)
    page = signed_in(root)
    assert "mallory" in text(page.get(url("auditentry_changelist")))
    assert page.get(url("auditentry_change", entry.pk)).status_code == 200
    assert page.post(url("auditentry_change", entry.pk), {"action": "x"}).status_code == 403
    assert page.post(url("auditentry_delete", entry.pk), {"post": "yes"}).status_code == 403
    assert page.post(url("auditentry_add"), {"action": "x"}).status_code == 403
    assert "delete_selected" not in text(page.get(url("auditentry_changelist")))
    reader = permitted("view_auditentry", is_staff=True)
    assert signed_in(reader).get(url("auditentry_changelist")).status_code == 200
    stranger = permitted("view_post", is_staff=True)
    assert signed_in(stranger).get(url("auditentry_changelist")).status_code == 403
    kind = ContentType.objects.get_for_model(AuditEntry)
    (permission,) = Permission.objects.filter(content_type=kind)
    assert permission.codename == "view_auditentry"
