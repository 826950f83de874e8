"""Passwords. A new one ends the sessions and tokens that the old one opened.

This holds for forms, the admin, commands, the shell and querysets, but not for raw SQL.
"""

import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model, hashers
from django.contrib.auth.models import AbstractUser
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils.crypto import salted_hmac

from posts.models.access import BATCH_ROWS, end_access, end_sessions

Account = TypeVar("Account", bound="PasswordAccount")


class PasswordQuerySet(models.QuerySet[Account]):
    """Accounts. A bulk write of passwords ends their sessions and tokens."""

    def update(self, **values: Any) -> int:
        if "password" not in values:
            return super().update(**values)
        # The new password and the end of sessions and tokens are one transaction.
        with transaction.atomic(using=self.db):
            ids = list(self.order_by().values_list("pk", flat=True))
            count = super().update(**{"session_secret": "", **values})
            end_access(ids, using=self.db)
        return count

    def _end_access_of(self, users: list[Any], unique_fields: Sequence[str]) -> None:
        """End the sessions and tokens of the users whose rows these replaced."""
        rows = _plain_rows(self.db)
        for start in range(0, len(users), BATCH_ROWS):
            batch = users[start : start + BATCH_ROWS]
            keys = {
                f"{name}__in": [getattr(user, name) for user in batch] for name in unique_fields
            }
            ids = list(rows.filter(**keys).values_list("pk", flat=True))
            rows.filter(pk__in=ids).update(session_secret="")
            end_access(ids, using=self.db)


class PasswordAccount(AbstractUser):
    """An account whose sessions and tokens end with its password."""

    # Sessions are bound to it; if empty, to the password's hash, as in Django.
    session_secret = models.CharField(
        max_length=128, blank=True, default="", db_default="", editable=False
    )

    sets_password = False  # during a save: whether it changes the password

    class Meta(AbstractUser.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The new password and the end of sessions and tokens are one transaction.
        with transaction.atomic(using=kwargs.get("using") or DEFAULT_DB_ALIAS):
            super().save(*args, **kwargs)

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password. Renew its hash if that is of an older kind.

        Not by `save()`, as in Django: a new hash of the same password must not end sessions and
        tokens, nor replace a password that was set meanwhile.
        """
        return hashers.check_password(raw_password, self.password, self._hash_anew)

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await sync_to_async(self.check_password)(raw_password)

    def _hash_anew(self, raw_password: str) -> None:
        fields = {
            "password": hashers.make_password(raw_password),
            "session_secret": self.session_secret or self.password,
        }
        row = _plain_rows(self._state.db).filter(pk=self.pk, password=self.password)
        if row.update(**fields):
            for name, value in fields.items():
                setattr(self, name, value)

    def end_sessions(self) -> None:
        """End every session of this account, with or without a record. Tokens stay valid.

        To continue the current session, call `update_session_auth_hash`.
        """
        using = self._state.db or DEFAULT_DB_ALIAS
        self.session_secret = secrets.token_urlsafe(32)
        with transaction.atomic(using=using):
            _plain_rows(using).filter(pk=self.pk).update(session_secret=self.session_secret)
            end_sessions([self.pk], using=using)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's two public methods call this. It differs only in `session_secret`.
        return salted_hmac(
            "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash",
            self.session_secret or self.password,
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


def _plain_rows(using: str | None) -> models.QuerySet[Any]:
    """Return the users in a plain queryset, which announces nothing and ends no session."""
    return models.QuerySet(get_user_model(), using=using)


@receiver(pre_save, sender="posts.User", dispatch_uid="posts.password_before")
def _look_for_new_password(
    *, instance: "PasswordAccount", using: str, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Set `sets_password` before a save.

    It also keeps the stored `session_secret`, which may be newer than that of the instance.
    """
    instance.sets_password = False
    if not instance.pk or (update_fields is not None and "password" not in update_fields):
        return
    rows = _plain_rows(using).filter(pk=instance.pk)
    with transaction.atomic(using=using):
        stored = rows.select_for_update(no_key=True).first()
        if stored is None:
            return
        instance.sets_password = stored.password != instance.password
        instance.session_secret = "" if instance.sets_password else stored.session_secret
        if instance.sets_password:
            rows.update(session_secret="")  # `update_fields` may not include it


@receiver(post_save, sender="posts.User", dispatch_uid="posts.password_after")
def _end_access_if_changed(*, instance: "PasswordAccount", using: str, **kwargs: Any) -> None:
    if instance.sets_password:
        end_access([instance.pk], using=using)
