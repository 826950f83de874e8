"""What the accounts library asks this site."""

from allauth.account.adapter import DefaultAccountAdapter

from posts import usernames


class AccountAdapter(DefaultAccountAdapter):
    """Names in one way of writing, however they were typed."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        cleaned: str = super().clean_username(usernames.normalized(username), shallow)
        return cleaned
