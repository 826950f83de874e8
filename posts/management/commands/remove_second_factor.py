"""`manage.py remove_second_factor USERNAME`: for an account whose owner has lost it."""

import logging
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management import BaseCommand, CommandError, CommandParser

from posts.models import User

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Remove all passkeys, the authenticator app and the recovery codes of an account, so that"
        " its password alone signs in. First make sure that the request comes from its owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username!r}.")
        count, _ = Authenticator.objects.filter(user=user).delete()
        logger.warning("Second factor removed from the command line: account %s", user.pk)
        self.stdout.write(f"Removed: {count}.")
