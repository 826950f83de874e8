"""Usernames and display names that imitate another account or escape moderation."""

from typing import Any

import pytest
from django.test import Client

from posts.models import Mute, Post, User
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.feed.reading import get, shown, text
from tests.unit.posts.admin_pages import url

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def sign_up(username: str) -> Any:
    data = {
        "username": username,
        "email": "new@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return Client().post("/accounts/signup/", data)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "username",
    [
        "\u0430lice",  # a Cyrillic letter among Latin ones
        "\uff41lice",  # of full width
        "al\u0131ce",  # an i without its dot
        "a1ice",
        "ALICE",
        "\u0430\u04cf\u0456\u0441\u0435",  # Cyrillic throughout
    ],
)
def test_username_that_looks_like_another_is_refused(username: str) -> None:
    UserFactory.create(username="alice")
    response = sign_up(username)
    assert response.status_code == 200
    assert 'class="errorlist' in text(response)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "username",
    [
        "admin",
        "Admin",
        "adm\u0131n",
        "\u0430dmin",
        "a.d.m.i.n",
        "_admin_",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "moderator",
        "m0derator",
        "r00t",
        "supp0rt",
        "adm1n",
        "5t4ff",
        "system",
        "staff",
        "\u00e0dmin",
    ],
)
def test_username_that_looks_like_staff_is_refused(username: str) -> None:
    assert sign_up(username).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("username", "error"),
    [
        ("alice@example.org", "Use letters"),
        ("..", "at least one letter"),
        (".a", "Dots and hyphens"),
        ("a.", "Dots and hyphens"),
        ("a..b", "Dots and hyphens"),
        ("123456", "at least one letter"),
        ("a+b", "Use letters"),
        ("\u3164\u3164\u3164", "Use letters"),
        ("a\u0663", "Use letters"),
        ("x", "characters"),
        ("x" * 31, "2 to 30 characters"),
        ("\u0430lpha", "one script"),
    ],
)
def test_username_that_cannot_be_linked_or_read_is_refused(username: str, error: str) -> None:
    response = sign_up(username)
    assert response.status_code == 200
    assert error in text(response)
    assert 'value="new@example.org"' in text(response)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada", "ada"),
        ("Ada_L.2-b", "ada_l.2-b"),
        ("zoe\u0308", "zo\u00eb"),  # decomposed, as some keyboards write it
        ("\u0410\u043d\u043d\u0430", "\u0430\u043d\u043d\u0430"),
        ("\u30e6\u30fc\u30b6\u5c71\u306e", "\u30e6\u30fc\u30b6\u5c71\u306e"),
        ("\u05d9\u05d5\u05e1\u05d9", "\u05d9\u05d5\u05e1\u05d9"),
        ("\u0633\u0627\u0631\u0629", "\u0633\u0627\u0631\u0629"),
        ("\uae40\ucca0\uc218", "\uae40\ucca0\uc218"),
    ],
)
def test_usernames_of_any_single_script_are_accepted(typed: str, stored: str) -> None:
    assert sign_up(typed).status_code == 302
    assert User.objects.get().username == stored


@pytest.mark.parametrize("username", ["\u0430lice", "..", "admin1stration", "a@b"])
def test_admin_refuses_usernames_that_look_like_another(username: str) -> None:
    UserFactory.create(username="alice")
    page = signed_in(UserFactory.create(username="chief", is_staff=True, is_superuser=True))
    victim = UserFactory.create(username="bob")
    data = {"username": username, "is_active": "on"}
    assert page.post(url("user_change", victim.pk), data).context["errors"]
    made = {
        "username": username,
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert page.post(url("user_add"), made).context["errors"]
    assert not User.objects.filter(username=username).exists()


OLD_NAMES = ["..", ".", "old@example.org", "\u0430lice", "admin", "a+b", "1", "\u00e9.\u4e2d"]


@pytest.mark.parametrize("username", OLD_NAMES)
def test_existing_accounts_keep_their_names(username: str) -> None:
    UserFactory.create(username="alice")
    old = UserFactory.create(username=username, display_name="Al\u202eice")
    client = Client()
    data = {"login": username, "password": PASSWORD}
    assert client.post("/accounts/login/", data)["Location"] == "/"
    profile = {"display_name": "Al\u202eice", "bio": "Still here."}
    assert client.post("/accounts/profile/", profile).status_code == 302
    page = signed_in(UserFactory.create(username="chief", is_staff=True, is_superuser=True))
    data = {"username": username, "display_name": "Al\u202eice", "is_active": "on", "bio": "Hm."}
    assert page.post(url("user_change", old.pk), data).status_code == 302
    old.refresh_from_db()
    assert (old.username, old.bio) == (username, "Hm.")


# Forms and imports refuse `%` and `/` in names, but other programs write rows too.
@pytest.mark.parametrize("username", [*OLD_NAMES, "100%", "a%2Fb", "a/b", "..%2f", "a b?c#d"])
def test_author_with_any_username_can_be_muted_and_reported(username: str) -> None:
    author: User = User.objects.create(username=username, display_name="Loud")
    post = PostFactory.create(author=author)
    other = PostFactory.create()
    CommentFactory.create(author=author, post=other)
    path = author.get_absolute_url()
    assert not {".", ".."} & set(path.split("/"))
    assert f'href="{path}"'.replace("&", "&amp;") in text(get("/"))
    assert shown(get(path)) == [post.pk]
    reader = UserFactory.create()
    client = signed_in(reader)
    menu = text(client.get("/"))
    mute = author.get_mute_url()
    assert f'action="{mute}"' in menu
    assert f'action="{mute}"' in text(client.get(path))
    assert client.get(mute).status_code == 200
    response = client.post(mute, {"action": "mute"})
    assert response["Location"] == path
    assert Mute.objects.get().muted == author
    assert f'action="{mute}"' in text(client.get("/accounts/profile/"))
    assert shown(client.get("/")) == [other.pk]
    reported = client.post(f"/posts/{post.pk}/report/", {"reason": "spam"}, follow=True)
    assert reported.status_code == 200
    assert client.post(mute, {"action": "unmute"}).status_code == 302


def test_author_page_has_one_url() -> None:
    ada, dots = UserFactory.create(username="ada"), UserFactory.create(username="..")
    assert get(f"/authors/by-id/{ada.pk}/")["Location"] == "/authors/ada/"
    assert get(f"/authors/by-id/{dots.pk}/").status_code == 200
    assert get("/authors/by-id/999999/").status_code == 404
    User.objects.filter(pk=dots.pk).update(is_active=False)
    assert get(f"/authors/by-id/{dots.pk}/").status_code == 404


def test_mention_links_to_the_account_with_the_exact_name() -> None:
    UserFactory.create(username="alice")
    UserFactory.create(username="alice@example.org")
    Post.objects.create(author=UserFactory.create(), content="Ask @alice@example.org.")
    assert 'href="/authors/alice@example.org/">@alice@example.org</a>' in text(get("/"))


# --- Display names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("evil\u202ecilA", "U+202E"),
        ("\u2066Ada\u2069", "U+2066"),
        ("A\x07da", "U+0007"),
        ("\u3164", "U+3164"),
        ("\u2800\u2800", "U+2800"),
        ("A\u115fda", "U+115F"),
        ("\uffa0", "U+FFA0"),
        ("A\u200bda", "U+200B"),
        ("\u200d\u0301", "nothing that can be seen"),
        ("alice", "username of another account"),
        ("Alice", "username of another account"),
        ("@alice", "username of another account"),
        ("\u0430lice", "username of another account"),
        ("AIice", "username of another account"),  # a capital I
        ("a\u200dlice\ufe0f", "username of another account"),
        ("root", "reserved"),
        ("R00T", "reserved"),
        ("Moderat\u043er", "reserved"),
    ],
)
def test_deceptive_or_invisible_display_name_is_refused(name: str, error: str) -> None:
    UserFactory.create(username="alice")
    mallory = UserFactory.create(username="mallory")
    profile = {"display_name": name, "bio": "kept as typed"}
    response = signed_in(mallory).post("/accounts/profile/", profile)
    assert response.status_code == 422
    assert error in text(response)
    assert "kept as typed" in text(response)
    page = signed_in(UserFactory.create(username="chief", is_staff=True, is_superuser=True))
    data = {"username": "mallory", "is_active": "on"}
    for field in ({"display_name": name}, {"first_name": name}):
        response = page.post(url("user_change", mallory.pk), data | field)
        assert response.status_code == 200
        assert error in text(response)
    mallory.refresh_from_db()
    assert mallory.shown_name == "mallory"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mallory",
        "Ada Lovelace",
        "\u05d3\u05d5\u05d3 \u05db\u05d4\u05df",
        "\u0633\u0627\u0631\u0629 \u0623\u062d\u0645\u062f",
        "\u0646\u0631\u06af\u0633\u200c\u062c\u0627\u0646",  # Persian, with its joiner
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "Zo\u00eb \U0001f469\u200d\U0001f4bb",
        "Alice Smith",
        "\u5c71\u7530 \u82b1\u5b50",
    ],
)
def test_display_names_of_any_script_are_accepted(name: str) -> None:
    UserFactory.create(username="alice")
    mallory = UserFactory.create(username="mallory")
    profile = {"display_name": name, "bio": ""}
    assert signed_in(mallory).post("/accounts/profile/", profile).status_code == 302
    mallory.refresh_from_db()
    assert mallory.display_name == name
