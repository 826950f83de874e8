"""Settings of accounts that are the same in each deployment."""

AUTH_USER_MODEL = "posts.User"
AUTHENTICATION_BACKENDS = [
    "posts.account_backend.AccountBackend",
    # For the sessions that name it (posts/account_backend.py); it never checks a password.
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# In a cookie, so that a page without messages does not read the session.
MESSAGE_STORAGE = "posts.messages.MessagesCookie"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "feed"
ACCOUNT_SIGNUP_REDIRECT_URL = "welcome"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_REDIRECT_URL = "feed"
# A stolen session is not enough to take over the account: a change of addresses, second factors or
# tokens, and deleting the account, require the password again.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# The user gets a mail about each such change.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_VALIDATORS = "posts.adapters.username_validators"
# Off: a full cache evicts the counters of allauth's limits. LIMITS replaces them (posts/guards.py).
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
ACCOUNT_ADAPTER = "posts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "posts.forms.accounts.SignUpForm",
    "reset_password": "posts.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "posts.forms.passwords.ResetPasswordKeyForm",
    "change_password": "posts.forms.passwords.ChangePasswordForm",
    "set_password": "posts.forms.passwords.SetPasswordForm",
}
# Sign-up responds the same for known and unknown addresses: the account is created, and only the
# owner of the address can confirm it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
MFA_ADAPTER = "posts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "posts.forms.accounts.PasskeyForm",
    "edit_webauthn": "posts.forms.accounts.PasskeyNameForm",
}
