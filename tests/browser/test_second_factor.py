"""Passkeys, an authenticator app and recovery codes, with Chromium's virtual authenticator."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from playwright.sync_api import expect

from posts.models import User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.test_accessibility import faults
from tests.browser.test_accounts import PASSWORD, menu, sign_in
from tests.browser.ways import PHONE
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def visit_with_authenticator(visit: Visit, **options: Any) -> Reader:
    """Return a reader with a virtual authenticator, on localhost: passkeys need a host name."""
    reader = visit(**options)
    reader.url = reader.url.replace("127.0.0.1", "localhost")
    device = reader.context.new_cdp_session(reader.page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    can = dict.fromkeys(("hasResidentKey", "hasUserVerification", "isUserVerified"), True)
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **can}})
    return reader


def press(reader: Reader, name: str) -> None:
    reader.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(reader: Reader, name: str) -> None:
    reader.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def heading(reader: Reader, text: str) -> None:
    expect(reader.page.get_by_role("heading", name=text, level=1)).to_be_visible()


def confirm_password(reader: Reader) -> None:
    heading(reader, "Your password, please")
    reader.page.get_by_label("Password").fill(PASSWORD)
    press(reader, "Go on")


def current_code(secret: str) -> str:
    """Return a code that is valid for at least five seconds."""
    if (left := 30 - time.time() % 30) < 5:
        time.sleep(left)  # the clock of the server cannot be changed
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def code_from_page(reader: Reader) -> str:
    return reader.page.locator("kbd.secret").inner_text()


def add_passkey(reader: Reader) -> None:
    reader.open("/accounts/2fa/")
    follow(reader, "Add a passkey")
    confirm_password(reader)
    heading(reader, "Add a passkey")
    reader.page.get_by_label("Name").fill("My telephone")
    press(reader, "Add it")
    heading(reader, "Recovery codes")


@pytest.mark.parametrize("width", [1280, PHONE])
def test_passkey_can_be_added_and_signs_in_without_password(visit: Visit, width: int) -> None:
    ada = UserFactory.create(username="ada")
    reader = visit_with_authenticator(visit, viewport={"width": width, "height": 900})
    sign_in(reader, "ada")
    menu(reader, "Profile")
    reader.page.get_by_role("link", name="Second factor").click()
    add_passkey(reader)
    expect(reader.page.locator(".codes kbd")).to_have_count(10)
    assert Authenticator.objects.filter(user=ada, type="webauthn").count() == 1
    menu(reader, "Sign out")
    reader.open("/accounts/login/?next=/accounts/2fa/webauthn/")
    press(reader, "Use a passkey")
    heading(reader, "Your passkeys")
    expect(reader.page.get_by_role("main")).to_contain_text("My telephone")
    follow(reader, "Rename My telephone")
    # A change requires the passkey again, although it was just used to sign in.
    heading(reader, "Your password, please")
    follow(reader, "Use a passkey")
    press(reader, "Use a passkey")
    heading(reader, "Rename a passkey")
    reader.page.get_by_label("Name").fill("Old telephone")
    press(reader, "Save")
    follow(reader, "Remove Old telephone")
    press(reader, "Remove it")
    expect(reader.page.get_by_text("None yet.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_passkey_is_the_second_factor_after_the_password(visit: Visit) -> None:
    UserFactory.create(username="ada")
    reader = visit_with_authenticator(visit)
    sign_in(reader, "ada")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()
    add_passkey(reader)
    menu(reader, "Sign out")
    sign_in(reader, "ada")
    heading(reader, "Sign in: second step")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_have_count(0)
    press(reader, "Use a passkey")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()


def test_missing_passkey_is_reported_and_the_password_works(visit: Visit) -> None:
    UserFactory.create(username="ada")
    reader = visit_with_authenticator(visit).open("/accounts/login/")
    press(reader, "Use a passkey")
    expect(reader.page.get_by_role("alert")).to_contain_text("The passkey was not used")
    sign_in(reader, "ada")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()


@pytest.mark.parametrize("scripted", [True, False])
def test_app_and_recovery_codes_sign_in_with_and_without_script(
    visit: Visit, scripted: bool
) -> None:
    UserFactory.create(username="ada")
    reader = visit(java_script_enabled=scripted)
    sign_in(reader, "ada")
    reader.open("/accounts/2fa/")
    follow(reader, "Set it up")
    confirm_password(reader)
    secret = code_from_page(reader)
    assert reader.page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    reader.page.get_by_label("Authenticator code").fill(current_code(secret))
    press(reader, "Turn it on")
    heading(reader, "Recovery codes")
    recovery = reader.page.locator(".codes kbd").first.inner_text()
    reader.open("/accounts/logout/")
    press(reader, "Sign out")
    sign_in(reader, "ada")
    reader.page.get_by_label("Code").fill("123")
    press(reader, "Sign in")
    expect(reader.page.locator(".errorlist")).to_contain_text("Incorrect code")
    reader.page.get_by_label("Code").fill(current_code(secret))
    press(reader, "Sign in")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()
    reader.open("/accounts/logout/")
    press(reader, "Sign out")
    sign_in(reader, "ada")
    reader.page.get_by_label("Code").fill(recovery)
    press(reader, "Sign in")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()
    reader.open("/accounts/2fa/")
    expect(reader.page.get_by_text(re.compile("^9 codes are left"))).to_be_visible()


def test_second_factor_pages_are_accessible(visit: Visit) -> None:
    found = {}
    ada = UserFactory.create(username="ada")
    reader = visit_with_authenticator(visit)
    sign_in(reader, "ada")
    expect(reader.page.get_by_role("button", name="Menu of ada")).to_be_visible()

    def check(path: str, title: str) -> None:
        reader.open(path)
        heading(reader, title)
        if violations := [*faults(reader.page)]:
            found[path] = violations

    check("/accounts/2fa/", "Second factor")
    add_passkey(reader)
    key = Authenticator.objects.get(type="webauthn").pk
    check("/accounts/2fa/totp/activate/", "Set up an authenticator app")
    TOTP.activate(User.objects.get(pk=ada.pk), SECRET)
    for path, title in [
        ("", "Second factor"),
        ("totp/deactivate/", "Turn the authenticator app off?"),
        ("recovery-codes/", "Recovery codes"),
        ("recovery-codes/generate/", "Make new recovery codes?"),
        ("webauthn/", "Your passkeys"),
        ("webauthn/add/", "Add a passkey"),
        (f"webauthn/keys/{key}/edit/", "Rename a passkey"),
        (f"webauthn/keys/{key}/remove/", "Remove this passkey?"),
        ("reauthenticate/", "Your code, please"),
        ("webauthn/reauthenticate/", "Your passkey, please"),
    ]:
        check(f"/accounts/2fa/{path}", title)
    reader.open("/accounts/logout/")
    press(reader, "Sign out")
    sign_in(reader, "ada")
    check("/accounts/2fa/authenticate/", "Sign in: second step")
    assert found == {}
