"""All ways to write a user: TO_AUTHORS changes pages, HARMLESS doesn't."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone

from posts.idempotency import prune
from posts.models import Mute, SubmittedKey, User
from tests.unit.feed.writes.world import World, Write, bulk_update, load, now, save
from tests.unit.posts.sample_images import upload


def _upsert_author(w: World) -> None:
    User.objects.bulk_create(
        [User(username="ada", display_name="Upserted")],
        update_conflicts=True,
        unique_fields=["username"],
        update_fields=["display_name"],
    )


def _named(user: User, display_name: str) -> User:
    user.display_name = display_name
    return user


def _account_deleted(w: World) -> None:
    """Send the form, and then the password that it asks for."""
    client = Client()
    client.force_login(w.ada)
    client.post("/accounts/delete/")
    given = {"password": "correct horse battery", "next": "/accounts/delete/"}
    answer = client.post("/accounts/reauthenticate/", given)
    assert answer["Location"] == "/accounts/deleted/"


TO_AUTHORS: dict[str, Write] = {
    "author deleted": lambda w: w.ada.delete(),
    "authors deleted by QuerySet": lambda w: User.objects.filter(pk=w.ada.pk).delete(),
    "author renamed": lambda w: save(w.ada, username="countess"),
    "author renamed, update_fields": lambda w: save(
        w.ada, username="countess", update_fields=["username"]
    ),
    "author's display name changed": lambda w: save(w.ada, display_name="Countess"),
    "author's name changed by update": lambda w: User.objects.filter(pk=w.ada.pk).update(
        display_name="", last_name="L"
    ),
    "author's name changed by bulk_update": lambda w: bulk_update(w.ada, display_name="Countess"),
    "author upserted": _upsert_author,
    "author by update_or_create": lambda w: User.objects.update_or_create(
        username=w.ada.username, defaults={"display_name": "Countess"}
    ),
    "author deactivated": lambda w: save(w.ada, is_active=False),
    "author deactivated by update": lambda w: User.objects.filter(pk=w.ada.pk).update(
        is_active=False
    ),
    "commenter deactivated": lambda w: save(w.bob, is_active=False),
    "liker and commenter deleted": lambda w: w.bob.delete(),
    "admin, author saved": lambda w: w.admin(
        f"user/{w.ada.pk}/change/", username="countess", display_name="Countess", is_active="on"
    ),
    "admin, author deleted": lambda w: w.admin(f"user/{w.ada.pk}/delete/", post="yes"),
    "admin, authors deactivated": lambda w: w.admin(
        "user/", action="deactivate", _selected_action=[w.ada.pk, w.bob.pk]
    ),
    "admin, authors deleted": lambda w: w.admin(
        "user/", action="delete_selected", _selected_action=[w.ada.pk, w.bob.pk], post="yes"
    ),
    "admin, author activated": lambda w: w.admin(
        "user/", action="activate", _selected_action=[w.dora.pk]
    ),
    "author activated": lambda w: save(w.dora, is_active=True),
    "author activated by update": lambda _: User.objects.update(is_active=True),
    "author's names saved": lambda w: save(w.bob, first_name="Bob", last_name="B"),
    "author's name by an expression": lambda _: User.objects.update(
        display_name=Concat(F("username"), Value("!"))
    ),
    "author by aupdate_or_create": lambda _: now(
        User.objects.aupdate_or_create, username="ada", defaults={"display_name": "Countess"}
    ),
    "author's name by asave": lambda w: now(_named(w.ada, "Countess").asave),
    "author's name by aupdate": lambda w: now(
        User.objects.filter(pk=w.ada.pk).aupdate, display_name="Countess"
    ),
    "author's name by abulk_update": lambda w: now(
        User.objects.abulk_update, [_named(w.ada, "Countess")], ["display_name"]
    ),
    "author deleted by adelete": lambda w: now(w.ada.adelete),
    "commenter deactivated by update": lambda w: User.objects.filter(pk=w.bob.pk).update(
        is_active=False
    ),
    "avatar removed": lambda w: save(w.ada, avatar=""),
    "avatar by update": lambda w: User.objects.filter(pk=w.bob.pk).update(avatar="people/b.webp"),
    "avatar by bulk_update": lambda w: bulk_update(w.bob, avatar="people/b.webp"),
    "bio saved": lambda w: save(w.ada, bio="Of numbers", update_fields=["bio"]),
    "bio by update": lambda _: User.objects.update(bio="Of numbers"),
    "form, profile": lambda w: w.form(
        w.ada, "/accounts/profile/", display_name="Countess", bio="Of numbers"
    ),
    "form, picture": lambda w: w.form(
        w.bob, "/accounts/profile/", display_name="", bio="", avatar=upload()
    ),
    "form, picture removed": lambda w: w.form(
        w.ada, "/accounts/profile/", display_name="Ada", bio="Of engines", remove_avatar="on"
    ),
    "form, account deleted": _account_deleted,
    "admin, picture removed": lambda w: w.admin(
        "user/", action="remove_avatar", _selected_action=[w.ada.pk]
    ),
    "loaddata, author": lambda w: load(
        w, "user", w.ada.pk, username="ada", password="!", display_name="Loaded"
    ),
}


def _tokens_revoked(w: World) -> None:
    w.admin("user/", action="revoke_tokens", _selected_action=[w.ada.pk])


# Writes to users that change no page. They may announce a change, and need not.
HARMLESS: dict[str, Write] = {
    "signed in": lambda w: Client().force_login(w.ada),
    "password set": lambda w: save(w.ada, password="!"),
    "e-mail address set": lambda w: save(w.ada, email="a@example.org", update_fields=["email"]),
    "made staff by update": lambda _: User.objects.update(is_staff=True),
    "created": lambda _: User.objects.create_user("carol"),
    "created in bulk": lambda _: User.objects.bulk_create([User(username="carol")]),
    "createsuperuser": lambda _: call_command(
        "createsuperuser", interactive=False, username="carol", email="c@x.org", stdout=StringIO()
    ),
    "admin, tokens revoked": _tokens_revoked,
    "admin, password set": lambda w: w.admin(
        f"user/{w.ada.pk}/password/", **{"usable_password": "false", "unset-password": ""}
    ),
    # For the pages of the user who mutes, see test_muting.py.
    "muted": lambda w: Mute.objects.create(user=w.bob, muted=w.ada),
    "muted by the form": lambda w: w.form(w.bob, "/authors/ada/mute/", action="mute"),
    "one-time key kept": lambda w: SubmittedKey.objects.create(user=w.ada, digest="a"),
    "one-time keys pruned": lambda _: prune(timezone.now() + timedelta(days=8)),
    # For the pages of the user, see test_preferences.py.
    "preferences saved": lambda w: save(
        w.ada, preferences="theme=dark", update_fields=["preferences"]
    ),
    "form, preferences": lambda w: w.form(w.ada, "/accounts/preferences/", theme="dark"),
    "saved unchanged": lambda w: w.ada.save(),
    "updated to the same value": lambda w: User.objects.filter(pk=w.ada.pk).update(username="ada"),
}
