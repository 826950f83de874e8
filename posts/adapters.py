"""What this site does its own way of the accounts library."""

from allauth.account.adapter import DefaultAccountAdapter

from posts import usernames
from posts.sign_in_limits import SignInLimits


class AccountAdapter(SignInLimits, DefaultAccountAdapter):
    """Names in one way of writing, however they were typed."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        cleaned: str = super().clean_username(usernames.normalized(username), shallow)
        return cleaned
