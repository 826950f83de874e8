"""What this site does its own way of the accounts library."""

from allauth.account.adapter import DefaultAccountAdapter

from posts.sign_in_limits import SignInLimits


class AccountAdapter(SignInLimits, DefaultAccountAdapter):
    pass
