"""The profile of an account, and its deletion."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from knox.models import AuthToken

from posts import tokens
from posts.models import BIO_MAX_LENGTH, Comment, Like, Mute, Post, Report, User
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.posts.conftest import POSTS, SignalRecorder
from tests.unit.posts.sample_images import encoded, half_and_half, stored, upload
from tests.unit.posts.test_views import page, signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media"),
]

PROFILE, DELETE = "/accounts/profile/", "/accounts/delete/"
PASSWORD = "correct horse battery"


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada", display_name="Ada", bio="Engines.")
    return user


def save(user: User, **changes: Any) -> Any:
    values = {"display_name": user.display_name, "bio": user.bio, **changes}
    response = signed_in(user).post(PROFILE, values)
    user.refresh_from_db()
    return response


# --- Profile -------------------------------------------------------------------------------------


def test_changed_name_and_bio_are_shown(ada: User, recorder: SignalRecorder) -> None:
    post = PostFactory.create(author=ada)
    recorder.clear()
    assert 'value="Ada"' in page(signed_in(ada).get(PROFILE))

    response = save(ada, display_name=" Countess ", bio="Numbers\r\nand poems. ")

    assert response["Location"] == PROFILE
    assert (ada.display_name, ada.bio) == ("Countess", "Numbers\nand poems.")
    assert recorder == [POSTS]
    assert "Countess" in page(Client().get(f"/posts/{post.pk}/"))


def test_unchanged_profile_is_not_announced(ada: User, recorder: SignalRecorder) -> None:
    recorder.clear()
    assert save(ada).status_code == 302
    assert recorder == []


def test_avatar_is_set_replaced_and_removed_with_its_file(
    ada: User, recorder: SignalRecorder
) -> None:
    recorder.clear()
    save(ada, avatar=upload(encoded(half_and_half((900, 300)))))
    first = ada.avatar.name
    assert str(first).startswith("people/")
    assert stored() == {first}
    post = PostFactory.create(author=ada)
    shown = Client().get(f"/api/posts/{post.pk}/").json()["user"]["avatar_url"]
    assert shown == f"/media/{first}"
    assert "remove_avatar" in page(signed_in(ada).get(PROFILE))

    save(ada, bio="Changed.")
    assert ada.avatar.name == first
    save(ada, avatar=upload())
    assert ada.avatar.name != first
    assert stored() == {ada.avatar.name}
    save(ada, remove_avatar="on")
    assert not ada.avatar
    assert not stored()
    assert recorder.count(POSTS) == 5  # one of them for the post


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"display_name": "kept" * 21}, "at most 80 characters"),
        ({"bio": "kept" * 76}, "That is 304 characters; 300 fit."),
        ({"bio": "kept\0"}, "Null characters are not allowed."),
        ({"bio": "kept", "avatar": b"no image"}, "JPEG, PNG, WebP and GIF are taken"),
    ],
)
def test_refused_profile_is_shown_again_as_typed(
    ada: User, changes: dict[str, Any], said: str
) -> None:
    if "avatar" in changes:
        changes = {**changes, "avatar": upload(changes["avatar"])}
    response = save(ada, **changes)
    assert response.status_code == 422
    assert all(word in page(response) for word in (said, "kept"))
    assert (ada.display_name, ada.bio) == ("Ada", "Engines.")
    # The page shows the stored name, not the refused one.
    assert '<strong dir="auto">kept' not in page(response)


def test_muted_authors_are_listed_with_a_button_to_unmute(ada: User) -> None:
    Mute.objects.create(user=ada, muted=UserFactory.create(username="loud"))
    Mute.objects.create(user=UserFactory.create(), muted=UserFactory.create(username="other"))
    text = page(signed_in(ada).get(PROFILE))
    assert "/authors/loud/mute/" in text
    assert "/authors/other/mute/" not in text


# --- Deletion ------------------------------------------------------------------------------------


def delete(client: Client, password: str) -> Any:
    """Send the form, then the password; return the response."""
    asked = client.post(DELETE)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    given = {"password": password, "next": DELETE}
    return client.post("/accounts/reauthenticate/", given, follow=True)


def test_account_is_deleted_with_all_its_rows_and_no_others(
    ada: User, recorder: SignalRecorder, media: Path
) -> None:
    client, elsewhere = signed_in(ada), signed_in(ada)
    signed_in(ada).post(PROFILE, {"avatar": upload()})
    client.post("/posts/new/", {"content": "Mine", "image": upload()})
    token = tokens.issue(ada).secret
    mine = Post.objects.get()
    others = PostFactory.create()
    for post in (mine, others):
        CommentFactory.create(post=post)
        CommentFactory.create(post=post, author=ada)
        LikeFactory.create(post=post, user=ada)
    Report.objects.create(post=others, reporter=ada, reason="spam")
    Report.objects.create(post=mine, reporter=others.author, reason="spam")
    Mute.objects.create(user=ada, muted=others.author)
    Mute.objects.create(user=others.author, muted=ada)
    assert len(stored()) == 2
    recorder.clear()

    response = delete(client, PASSWORD)

    assert response.redirect_chain == [("/accounts/deleted/", 302)]
    assert "Your account is deleted" in page(response)
    assert not User.objects.filter(pk=ada.pk).exists()
    assert list(Post.objects.all()) == [others]
    assert [comment.author != ada for comment in Comment.objects.all()] == [True]
    assert not Like.objects.exists()
    assert not Report.objects.exists()
    assert not Mute.objects.exists()
    assert not AuthToken.objects.exists()
    assert not stored()
    assert recorder == [POSTS]
    for path in ("/", f"/posts/{others.pk}/", "/api/feed/"):
        assert "Mine" not in page(Client().get(path))
        assert "ada" not in page(Client().get(path))
    assert Client().get(f"/posts/{mine.pk}/").status_code == 404
    assert Client().get("/authors/ada/").status_code == 404
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().post("/api/posts/", {"content": "x"}, headers=bearer).status_code == 401
    for signed_out in (client, elsewhere):
        assert signed_out.get(PROFILE)["Location"].startswith("/accounts/login/")
    assert Session.objects.filter(session_key=client.session.session_key).count() == 0


@pytest.mark.parametrize("given", ["", "wrong", f" {PASSWORD}", "ada"])
def test_without_the_password_nothing_is_deleted(ada: User, given: str) -> None:
    client = signed_in(ada)
    response = delete(client, given)
    assert "Your password, please" in page(response)
    assert not given or f'value="{given}"' not in page(response)
    assert User.objects.filter(pk=ada.pk).exists()
    assert client.get(PROFILE).status_code == 200


def test_account_without_a_password_confirms_with_its_username(ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    client = signed_in(ada)
    assert 'name="password"' not in page(client.get(DELETE))
    assert client.post(DELETE, {"username": "adA"}).status_code == 422
    assert client.post(DELETE, {"password": PASSWORD}).status_code == 422
    assert client.post(DELETE, {"username": "ada"}).status_code == 302
    assert not User.objects.filter(pk=ada.pk).exists()


def test_page_after_deletion_needs_no_sign_in(ada: User) -> None:
    assert Client().get("/accounts/deleted/").status_code == 200


def test_profile_has_a_counter_and_shows_what_others_see(ada: User) -> None:
    text = page(signed_in(ada).get(PROFILE))
    assert f'data-limit="{BIO_MAX_LENGTH}"' in text
    assert '<p class="name" dir="auto" data-seen-name>Ada</p>' in text


def test_rules_of_a_new_password_are_one_sentence(ada: User) -> None:
    path = "/accounts/password/change/"
    assert "<li>Your password" not in page(signed_in(ada).get(path))
    ada.set_unusable_password()
    ada.save()
    for text in (
        page(Client().get("/accounts/signup/")),
        page(signed_in(ada).get(path, follow=True)),
    ):
        assert "At least 8 characters, not only digits, and hard to guess." in text
        assert "<li>Your password" not in text
