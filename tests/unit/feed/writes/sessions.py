"""All ways to end a session. Afterwards a copy of its cookie no longer signs in."""

from collections.abc import Callable
from copy import copy
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client

from posts.models import User
from tests.mails import link_in
from tests.unit.feed.writes.world import World, bulk_update, load, now, save

OLD, NEW = "correct horse battery", "another fine password"
RESET = "/accounts/password/reset/"

# The client has ada's session.
End = Callable[[World, Client], object]


def with_new_password(user: User) -> User:
    user = copy(user)
    user.set_password(NEW)
    return user


def _changepassword(w: World, _: Client) -> None:
    with mock.patch.object(changepassword.Command, "_get_pass", return_value=NEW):
        call_command("changepassword", w.ada.username, stdout=mock.Mock(), stderr=mock.Mock())


def _upsert(w: World, _: Client) -> None:
    User.objects.bulk_create(
        [User(username=w.ada.username, password=make_password(NEW))],
        update_conflicts=True,
        unique_fields=["username"],
        update_fields=["password"],
    )


def _by_page(w: World, _: Client) -> None:
    """Change the password in another browser of the same user."""
    w.form(w.ada, "/accounts/password/change/", oldpassword=OLD, password1=NEW, password2=NEW)


def _by_reset(w: World, _: Client) -> None:
    client = Client()
    client.post(RESET, {"email": w.ada.email})
    path = client.get(link_in(mail.outbox[-1]))["Location"]
    answer = client.post(path, {"password1": NEW, "password2": NEW})
    assert answer["Location"] == f"{RESET}key/done/"


NEW_PASSWORDS: dict[str, End] = {
    "set_password and save": lambda w, _: with_new_password(w.ada).save(),
    "set_password and save, update_fields": lambda w, _: with_new_password(w.ada).save(
        update_fields=["password"]
    ),
    "asave": lambda w, _: now(with_new_password(w.ada).asave),
    "another hash": lambda w, _: save(copy(w.ada), password=make_password(NEW)),
    "unusable": lambda w, _: save(copy(w.ada), password=make_password(None)),
    "update": lambda w, _: User.objects.filter(pk=w.ada.pk).update(password=make_password(NEW)),
    "update of all": lambda _w, _c: User.objects.update(password=make_password(NEW)),
    "aupdate": lambda w, _: now(
        User.objects.filter(pk=w.ada.pk).aupdate, password=make_password(NEW)
    ),
    "bulk_update": lambda w, _: bulk_update(copy(w.ada), password=make_password(NEW)),
    "abulk_update": lambda w, _: now(
        User.objects.abulk_update, [with_new_password(w.ada)], ["password"]
    ),
    "bulk_create, update_conflicts": _upsert,
    "update_or_create": lambda w, _: User.objects.update_or_create(
        username=w.ada.username, defaults={"password": make_password(NEW)}
    ),
    "loaddata": lambda w, _: load(
        w, "user", w.ada.pk, username=w.ada.username, password=make_password(NEW)
    ),
    "changepassword": _changepassword,
    "page": _by_page,
    "reset": _by_reset,
    "admin": lambda w, _: w.admin(
        f"user/{w.ada.pk}/password/", password1=NEW, password2=NEW, usable_password="true"
    ),
    "admin, unusable": lambda w, _: w.admin(
        f"user/{w.ada.pk}/password/", **{"usable_password": "false", "unset-password": ""}
    ),
}
TO_SESSIONS: dict[str, End] = {
    **{f"password: {name}": write for name, write in NEW_PASSWORDS.items()},
    "signed out": lambda _, client: client.post("/accounts/logout/"),
    "session deleted": lambda _, client: Session.objects.get(
        pk=client.session.session_key
    ).delete(),
    "sessions deleted by QuerySet": lambda _w, _c: Session.objects.all().delete(),
    "session flushed": lambda _, client: client.session.flush(),
    "form, all others ended": lambda w, _: w.form(w.ada, "/accounts/sessions/", target="sessions"),
    "all sessions ended": lambda w, _: copy(w.ada).end_sessions(),
    "account deactivated": lambda w, _: save(copy(w.ada), is_active=False),
    "account deleted": lambda w, _: copy(w.ada).delete(),
}
