"""Accounts in the admin, and the powers that each action needs."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from knox.models import AuthToken

from posts.images import for_avatar
from posts.models import Post, User
from tests.factories import LikeFactory, PostFactory, UserFactory
from tests.unit.posts.admin_pages import act, announced, shown, url
from tests.unit.posts.sample_images import encoded, half_and_half, stored

pytestmark = pytest.mark.django_db

PERSON = {
    "username": "ada",
    "display_name": "Ada",
    "first_name": "",
    "last_name": "",
    "email": "ada@example.org",
    "is_active": "on",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def give_token(user: User) -> AuthToken:
    token: AuthToken = AuthToken.objects.create(user=user)[0]
    return token


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(username="moderator", is_staff=True, is_superuser=True)


@pytest.fixture
def page(moderator: User) -> Client:
    return signed_in(moderator)


@pytest.fixture
def helper() -> User:
    """Staff with all permissions, but no superuser."""
    user = UserFactory.create(username="helper", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.mark.parametrize(("action", "before"), [("deactivate", True), ("activate", False)])
@pytest.mark.django_db(transaction=True)
def test_authors_are_deactivated_and_activated(page: Client, action: str, before: bool) -> None:
    post = PostFactory.create(author__is_active=before)
    with announced() as causes:
        act(page, "user", action, post.author)
    assert Post.objects.visible().exists() is not before
    assert causes == ["author changed"]
    assert LogEntry.objects.get().object_repr == post.author.username


def test_search_finds_users_by_each_of_their_names(page: Client) -> None:
    ada = UserFactory.create(username="x1", display_name="Ada Lindgren", email="al@example.com")
    for term in ("x1", "lindgren", "al@example.com"):
        assert shown(page, "user", f"?q={term}") == [ada]


def test_account_is_added_in_the_admin(page: Client) -> None:
    data = {
        "username": "ada",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    assert page.post(url("user_add"), data).status_code == 302
    assert User.objects.get(username="ada").check_password("correct horse battery")


@pytest.mark.django_db(transaction=True)
def test_rename_is_announced_but_an_unchanged_form_is_not(page: Client) -> None:
    ada = UserFactory.create(username="ada", display_name="Ada")
    with announced() as causes:
        assert page.post(url("user_change", ada.pk), PERSON).status_code == 302
    assert causes == []
    with announced() as causes:
        page.post(url("user_change", ada.pk), PERSON | {"display_name": "Ada L."})
    ada.refresh_from_db()
    assert ada.display_name == "Ada L."
    assert causes == ["author changed"]


@pytest.mark.django_db(transaction=True)
def test_authors_are_deleted_with_their_posts_and_comments(page: Client) -> None:
    author = PostFactory.create().author
    LikeFactory.create(user=author)
    give_token(author)
    confirmation = act(page, "user", "delete_selected", author)
    assert "Posts: 1" in confirmation
    with announced() as causes:
        act(page, "user", "delete_selected", author, post="yes")
    assert not User.objects.filter(pk=author.pk).exists()
    assert not Post.objects.filter(author=author.pk).exists()
    assert len(causes) == 1


def test_moderators_cannot_lock_themselves_out(page: Client, moderator: User) -> None:
    other = UserFactory.create()
    act(page, "user", "deactivate", moderator, other)
    act(page, "user", "delete_selected", moderator, post="yes", expect=403)
    data = PERSON | {"username": "moderator", "is_active": "", "is_staff": ""}
    assert page.post(url("user_change", moderator.pk), data).status_code == 302
    moderator.refresh_from_db()
    other.refresh_from_db()
    assert moderator.is_active
    assert moderator.is_staff
    assert moderator.is_superuser
    assert not other.is_active


@pytest.mark.parametrize("powers", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_can_not_change_staff(helper: User, powers: dict[str, Any]) -> None:
    boss = UserFactory.create(username="boss", **powers)
    give_token(boss)
    page = signed_in(helper)
    assert page.post(url("user_change", boss.pk), PERSON).status_code == 403
    assert page.post(f"/admin/posts/user/{boss.pk}/password/", {}).status_code == 403
    assert page.post(url("user_delete", boss.pk), {"post": "yes"}).status_code == 403
    act(page, "user", "delete_selected", boss, post="yes", expect=403)
    act(page, "user", "deactivate", boss)
    act(page, "user", "revoke_tokens", boss)
    boss.refresh_from_db()
    assert boss.is_active
    assert AuthToken.objects.filter(user=boss).exists()


def test_staff_moderate_others_but_can_not_give_powers(helper: User) -> None:
    ada = UserFactory.create(username="ada")
    page = signed_in(helper)
    powers = {"is_staff": "on", "is_superuser": "on", "user_permissions": ["1"]}
    changed = PERSON | powers | {"display_name": "Ada L."}
    assert page.post(url("user_change", ada.pk), changed).status_code == 302
    ada.refresh_from_db()
    assert ada.display_name == "Ada L."
    assert (ada.is_staff, ada.is_superuser, ada.user_permissions.count()) == (False, False, 0)
    act(page, "user", "deactivate", ada)
    ada.refresh_from_db()
    assert not ada.is_active


def test_api_tokens_are_revoked(page: Client) -> None:
    ada, bob = UserFactory.create_batch(2)
    for user in (ada, ada, bob):
        give_token(user)
    assert "API tokens revoked: 2." in act(page, "user", "revoke_tokens", ada)
    assert [token.user for token in AuthToken.objects.all()] == [bob]


def test_no_page_shows_a_token(page: Client) -> None:
    token = give_token(UserFactory.create())
    assert not admin.site.is_registered(AuthToken)
    answers = [
        act(page, "user", "delete_selected", token.user),
        page.get(url("user_delete", token.user.pk)).content.decode(),
        page.get(url("user_change", token.user.pk)).content.decode(),
    ]
    for answer in answers:
        assert token.digest not in answer
        assert token.token_key not in answer


@pytest.mark.django_db(transaction=True)
def test_avatar_is_shown_and_removed_with_its_file(page: Client, media: Path) -> None:
    ada = UserFactory.create(avatar=for_avatar(encoded(half_and_half((20, 10)))))
    plain = UserFactory.create()
    assert ada.avatar.url in page.get(url("user_change", ada.pk)).content.decode()
    with announced() as causes:
        assert "Picture removed: 1." in act(page, "user", "remove_avatar", ada, plain)
    ada.refresh_from_db()
    assert not ada.avatar
    assert not stored()
    assert len(causes) == 1
