"""Sign-up with another person's address, and attempts to find out who has an account."""

import logging
import re
from http.client import HTTPConnection
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models.signals import pre_save
from django.test import Client
from django_tasks_db.models import DBTaskResult
from knox.models import AuthToken
from pytest_django import Settings

from posts import limits
from posts.models import Comment, CommentLike, Like, Mute, Post, Report, User
from posts.tokens import issue
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.mails import link_in
from tests.site import Site
from tests.unit.posts.calls import HELLO, call, problem, signed_in
from tests.unit.posts.sample_images import upload
from tests.unit.posts.test_views import page

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
VICTIM = "victim@example.org"


@pytest.fixture
def confirming(settings: Settings) -> None:
    """Settings of a site with EMAIL_URL."""
    settings.CONFIRM_ADDRESSES = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False


@pytest.fixture
def queued(settings: Settings) -> None:
    """Settings of a site with EMAIL_URL, whose mail waits in the queue."""
    settings.EMAIL_BACKEND = "background.mail_queue.QueueBackend"


def forget_limits() -> None:
    """Reset the counters in Redis and in memory."""
    cache.clear()
    limits.reset()


def sign_up(username: str, email: str) -> tuple[Client, Any]:
    client = Client()
    form = {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client, client.post("/accounts/signup/", form)


def confirm(client: Client, email: str) -> None:
    message = next(sent for sent in reversed(mail.outbox) if sent.to == [email])
    assert client.post(link_in(message)).status_code == 302


# --- Pre-hijacking -----------------------------------------------------------------------------


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_gets_no_token() -> None:
    sign_up("mallory", VICTIM)

    for name in ("mallory", VICTIM):
        body = {"username": name, "password": PASSWORD}
        refused = call(Client(), "post", "/api/auth/token/", body)
        assert problem(refused, 403)["code"] == "address_not_confirmed"
    assert not AuthToken.objects.exists()


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_cannot_write_with_an_older_token() -> None:
    attacker = UserFactory.create(email=VICTIM)
    post = PostFactory.create(author=attacker)
    comment = CommentFactory.create(post=post, author=attacker)
    bearer = Client(headers={"Authorization": f"Bearer {issue(attacker).secret}"})
    for method, path, body in [
        ("post", "/api/posts/", HELLO),
        ("patch", f"/api/posts/{post.pk}/", HELLO),
        ("put", f"/api/posts/{post.pk}/", HELLO),
        ("delete", f"/api/posts/{post.pk}/", None),
        ("put", f"/api/posts/{post.pk}/like/", None),
        ("delete", f"/api/posts/{post.pk}/like/", None),
        ("post", f"/api/posts/{post.pk}/comments/", HELLO),
        ("patch", f"/api/comments/{comment.pk}/", HELLO),
        ("put", f"/api/comments/{comment.pk}/", HELLO),
        ("put", f"/api/comments/{comment.pk}/like/", None),
        ("delete", f"/api/comments/{comment.pk}/like/", None),
    ]:
        refused = problem(call(bearer, method, path, body), 403)
        assert refused["code"] == "address_not_confirmed"
    assert bearer.get(f"/api/posts/{post.pk}/").status_code == 200
    assert Post.objects.get().content == post.content
    assert Comment.objects.get().content == comment.content
    assert not CommentLike.objects.exists()


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_cannot_write_by_form_and_input_is_kept() -> None:
    client, response = sign_up("mallory", VICTIM)
    assert response["Location"] == "/accounts/welcome/"
    post, author = PostFactory.create(), UserFactory.create()
    comment = CommentFactory.create(post=post)
    forms: list[tuple[str, dict[str, Any]]] = [
        ("/posts/new/", {"content": "kept words", "image": upload()}),
        (f"/posts/{post.pk}/comments/", {"content": "kept words"}),
        (f"/posts/{post.pk}/report/", {"reason": "spam", "note": "kept words"}),
        (f"/posts/{post.pk}/like/", {"action": "like"}),
        (f"/comments/{comment.pk}/like/", {"action": "like"}),
        (f"/authors/{author.username}/mute/", {"action": "mute"}),
        ("/accounts/profile/", {"display_name": "kept words", "avatar": upload()}),
    ]
    for path, form in forms:
        refused = client.post(path, form)
        assert refused.status_code == 422
        assert "Confirm your email address first" in page(refused)
        assert 'href="/accounts/confirm/"' in page(refused)
        assert "kept words" in page(refused) or "kept words" not in form.values()
    assert Comment.objects.get() == comment
    for model in (Like, CommentLike, Mute, Report):
        assert not model.objects.exists()
    assert Post.objects.count() == 1
    assert not User.objects.get(username="mallory").avatar
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_cannot_write_after_removing_its_address() -> None:
    client, _ = sign_up("mallory", VICTIM)
    client.post("/accounts/email/", {"email": VICTIM, "action_remove": ""})
    assert client.post("/posts/new/", HELLO).status_code == 422
    assert EmailAddress.objects.filter(email=VICTIM).exists()


@pytest.mark.usefixtures("confirming")
def test_reset_mail_has_no_link_for_an_unconfirmed_second_address() -> None:
    """Otherwise the victim would use an account that the attacker can take back."""
    client, _ = sign_up("mallory", "mallory@example.org")
    confirm(client, "mallory@example.org")
    attacker = User.objects.get(username="mallory")
    EmailAddress.objects.create(user=attacker, email=VICTIM)

    Client().post("/accounts/password/reset/", {"email": VICTIM})

    assert mail.outbox[-1].to == [VICTIM]
    assert "/password/reset/key/" not in str(mail.outbox[-1].body)


@pytest.mark.usefixtures("confirming")
def test_owner_can_sign_up_with_an_address_another_account_has_not_confirmed() -> None:
    sign_up("mallory", VICTIM)
    forget_limits()  # the limit of messages to one address
    owner, _ = sign_up("victim", VICTIM)
    confirm(owner, VICTIM)
    assert owner.post("/posts/new/", HELLO, follow=True).status_code == 200
    assert Post.objects.get().author.username == "victim"
    assert call(
        Client(), "post", "/api/auth/token/", {"username": VICTIM, "password": PASSWORD}
    ).json()["token"]


@pytest.mark.usefixtures("confirming")
@pytest.mark.parametrize("made", [{"email": ""}, {"email": "ada@example.org"}])
def test_account_without_address_can_write_and_older_account_must_confirm(
    made: dict[str, str],
) -> None:
    client = signed_in(UserFactory.create(**made))
    posted = client.post("/posts/new/", HELLO)
    assert posted.status_code == (422 if made["email"] else 302)
    text = page(client.get("/posts/new/"))
    assert ("confirm your email address" in text) == bool(made["email"])


@pytest.mark.usefixtures("confirming")
def test_confirmation_mail_is_sent_again_within_the_limit() -> None:
    client = signed_in(UserFactory.create(email="ada@example.org"))
    assert "ada@example.org" in page(client.get("/accounts/confirm/"))
    for _ in range(3):
        answer = page(client.post("/accounts/confirm/", follow=True))
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert "A message was sent a moment ago" in answer
    confirm(client, "ada@example.org")
    assert client.get("/accounts/confirm/")["Location"] == "/accounts/email/"
    assert client.post("/posts/new/", HELLO).status_code == 302


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_can_be_deleted_by_its_user() -> None:
    client, _ = sign_up("ada", "ada@example.org")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    client.post("/accounts/delete/", {})
    assert not User.objects.exists()


@pytest.mark.usefixtures("confirming")
def test_unconfirmed_account_cannot_set_up_a_second_factor() -> None:
    client, _ = sign_up("mallory", VICTIM)
    for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        assert client.get(path)["Location"] == "/accounts/2fa/"


# --- Which addresses have an account -----------------------------------------------------------


def shape(response: Any, name: str) -> tuple[Any, ...]:
    """Return what an attacker sees of a response, without values that differ at each request."""
    cookies = {key: {**cookie, "expires": ""} for key, cookie in response.cookies.items()}
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", page(response)).replace(name, "NAME")
    return response.status_code, response.get("Location"), sorted(cookies.items()), text


@pytest.mark.parametrize("confirms", [True, False])
@pytest.mark.parametrize("verified", [True, False])
def test_sign_up_does_not_reveal_known_addresses(
    settings: Settings, confirms: bool, verified: bool
) -> None:
    settings.CONFIRM_ADDRESSES = confirms
    known = UserFactory.create(username="owner", email=VICTIM)
    EmailAddress.objects.create(user=known, email=VICTIM, verified=verified, primary=True)
    shapes = []
    for name, email in [("mallory1", VICTIM), ("mallory2", "fresh@example.org")]:
        client, response = sign_up(name, email)
        feed = client.get("/")
        assert email in page(feed)  # the message, with the address they gave
        shapes.append([shape(response, name), shape(feed, name)[:2], len(mail.outbox)])
        mail.outbox.clear()
    assert shapes[0] == shapes[1]


def test_owner_of_a_confirmed_address_gets_a_mail_about_a_sign_up() -> None:
    owner = UserFactory.create(email=VICTIM)
    EmailAddress.objects.create(user=owner, email=VICTIM, verified=True, primary=True)
    client, _ = sign_up("mallory", VICTIM)
    assert [message.to for message in mail.outbox] == [[VICTIM]]
    assert "/accounts/password/reset/" in str(mail.outbox[0].body)
    assert "/confirm-email/" not in str(mail.outbox[0].body)
    assert client.get("/accounts/email/").status_code == 200


def test_password_reset_does_not_reveal_known_addresses() -> None:
    UserFactory.create(email=VICTIM)
    shapes = []
    for email in (VICTIM, "fresh@example.org"):
        response = Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        assert [message.to for message in mail.outbox] == [[email]]
        shapes.append([*shape(response, email), response.redirect_chain, len(mail.outbox)])
        mail.outbox.clear()
    assert shapes[0] == shapes[1]


def test_messages_of_one_password_reset_are_limited() -> None:
    UserFactory.create_batch(6, email=VICTIM)
    Client().post("/accounts/password/reset/", {"email": VICTIM})
    assert len(mail.outbox) == 3


# --- No mail server ----------------------------------------------------------------------------


@pytest.fixture
def mailless(settings: Settings) -> None:
    """Settings of a public site without EMAIL_URL."""
    settings.SENDS_MAIL = False
    settings.EMAIL_BACKEND = "feedsite.mail.NoMailBackend"
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    settings.SITE_CONTACT = "ops@example.org"


@pytest.mark.usefixtures("mailless")
def test_reset_page_without_mail_shows_the_site_contact() -> None:
    UserFactory.create(email=VICTIM)
    for email in (VICTIM, "fresh@example.org"):
        for response in (
            Client().get("/accounts/password/reset/"),
            Client().post("/accounts/password/reset/", {"email": email}),
        ):
            assert response.status_code == 200
            assert "t send mail" in page(response)
            assert "ops@example.org" in page(response)
            assert "<form" not in page(response).split("<main")[1].split("</main")[0]
    assert not mail.outbox


@pytest.mark.usefixtures("mailless")
def test_site_without_mail_creates_accounts_and_announces_no_message() -> None:
    known = UserFactory.create(email=VICTIM)
    EmailAddress.objects.create(user=known, email=VICTIM, verified=True, primary=True)
    shapes = []
    for name, email in [("mallory1", VICTIM), ("mallory2", "fresh@example.org")]:
        client, response = sign_up(name, email)
        shapes.append(shape(response, name))
        assert client.post("/posts/new/", HELLO).status_code == 302
        sent = {"email": email, "action_send": ""}
        assert "is on its way" not in page(client.post("/accounts/email/", sent, follow=True))
    assert shapes[0] == shapes[1]


@pytest.mark.usefixtures("mailless")
def test_unsent_message_is_not_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    mail.send_mail("Subject", "https://feed/password/reset/key/1-secret/", None, [VICTIM])
    assert "A message was not sent: EMAIL_URL is not set" in caplog.text
    assert "v…@example.org" in caplog.text
    assert "secret" not in caplog.text
    assert VICTIM not in caplog.text


@pytest.mark.redis
@pytest.mark.postgres
def test_log_of_a_public_site_contains_no_reset_link(serve: Any) -> None:
    UserFactory.create(email=VICTIM)
    site: Site = serve(ALLOWED_HOSTS="feed.example.org", TRUSTED_PROXIES="1", WEB_WORKERS="1")
    proxied = {"Host": "feed.example.org", "X-Forwarded-Proto": "https"}
    form = site.get("/accounts/login/", **proxied)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token
    headers = {
        **proxied,
        "Referer": "https://feed.example.org/accounts/login/",
        "Cookie": form.headers["Set-Cookie"].split(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": token[1],
    }
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("POST", "/accounts/password/reset/", f"email={VICTIM}", headers)
    assert "t send mail" in connection.getresponse().read().decode()
    connection.close()
    assert "/password/reset/key/" not in site.log()


# --- Mail that waits ---------------------------------------------------------------------------


@pytest.mark.usefixtures("queued", "confirming")
def test_sign_up_enqueues_its_mail_and_sends_none() -> None:
    client, response = sign_up("ada", "ada@example.org")
    assert (response.status_code, response["Location"]) == (302, "/accounts/welcome/")
    assert "is on its way to ada@example.org" in page(client.get("/"))
    assert DBTaskResult.objects.get().queue_name == "mail"
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("queued", "confirming")
def test_account_and_its_mail_are_stored_together_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(DBTaskResult.objects, "create", fail)
    with pytest.raises(DatabaseError):
        sign_up("ada", "ada@example.org")
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()


@pytest.mark.usefixtures("queued")
def test_reset_is_the_same_for_known_and_unknown_addresses_while_mail_waits() -> None:
    UserFactory.create_batch(3, email=VICTIM)
    shapes = []
    for email, messages in ((VICTIM, 3), ("fresh@example.org", 1)):
        response = Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        assert "is on its way" in page(response)
        shapes.append([*shape(response, email), response.redirect_chain])
        assert DBTaskResult.objects.all().delete()[0] == messages
    assert shapes[0] == shapes[1]


def test_username_taken_meanwhile_is_answered_with_409_and_input_is_kept() -> None:
    def take_the_name(*, instance: User, **_: Any) -> None:
        pre_save.disconnect(take_the_name, sender=User)
        UserFactory(username=instance.username)

    pre_save.connect(take_the_name, sender=User)
    _, response = sign_up("quick", "quick@example.org")
    assert response.status_code == 409
    text = response.content.decode()
    assert "already exists" in text
    assert 'value="quick"' in text
    assert 'value="quick@example.org"' in text
    assert not EmailAddress.objects.filter(email="quick@example.org").exists()
