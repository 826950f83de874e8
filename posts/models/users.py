"""Accounts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, Self

from django.conf import settings
from django.contrib.auth.models import Permission, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Length
from django.utils.functional import cached_property

from posts import display_names, usernames
from posts.confusables import SKELETON_MAX_LENGTH, skeleton
from posts.links import author_path, mute_path
from posts.models.passwords import PasswordAccount, PasswordQuerySet
from posts.signals import (
    AUTHOR_FIELDS,
    VIEWER_FIELDS,
    announce_counts,
    announce_posts,
    powers_updated,
)

BIO_MAX_LENGTH = 300
PREFERENCES_MAX_LENGTH = 200
DISPLAY_NAME_MAX_LENGTH = 80

# Fields that give powers.
POWER_FIELDS = frozenset({"is_staff", "is_superuser"})
# Recovery codes do not count: they exist only together with one of these.
# Of allauth's `Authenticator.Type`, whose module needs all of allauth.
SECOND_FACTORS = ("totp", "webauthn")

# The constraints on texts need it, of all models: each of them imports this one.
models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)


class Named(Protocol):
    """An account, or a row of one."""

    @property
    def username(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...


def shown_name(person: Named) -> str:
    """Return what posts show: the display name, else the full name, else the username."""
    full_name = f"{person.first_name} {person.last_name}".strip()
    return person.display_name or full_name or person.username


class UserQuerySet(PasswordQuerySet["User"]):  # type: ignore[override] # its as_manager
    """Accounts; bulk writes keep skeletons, log changes of powers and announce changed authors."""

    def with_powers(self) -> Self:
        """Return accounts with powers: staff, superusers, and users with a permission."""
        given = Permission.objects.filter(
            models.Q(user=models.OuterRef("pk")) | models.Q(group__user=models.OuterRef("pk"))
        )
        powerful = models.Q(is_staff=True) | models.Q(is_superuser=True) | models.Exists(given)
        return self.filter(powerful)

    def update(self, **values: Any) -> int:
        if isinstance(username := values.get("username"), str):
            values["username_skeleton"] = skeleton(username)
        if powers := {name: values[name] for name in POWER_FIELDS & values.keys()}:
            return self._update_powers(powers, values)
        return self._set(values)

    def _update_powers(self, powers: dict[str, Any], values: dict[str, Any]) -> int:
        with transaction.atomic(using=self.db):
            changed = list(self.exclude(**powers))
            count = self._set(values)
            powers_updated.send(sender=User, users=changed, values=powers)
        return count

    def _set(self, values: dict[str, Any]) -> int:
        count = super().update(**values)
        if count and AUTHOR_FIELDS & values.keys():
            announce_posts("authors updated", using=self.db)
        elif count and VIEWER_FIELDS & values.keys():
            announce_counts("viewers updated", using=self.db)
        return count

    def bulk_update(
        self, objs: Iterable["User"], fields: Iterable[str], *args: Any, **kwargs: Any
    ) -> int:
        objs, fields = list(objs), {*fields}
        if "username" in fields:
            fields.add("username_skeleton")
            for user in objs:
                user.username_skeleton = skeleton(user.username)
        return super().bulk_update(objs, fields, *args, **kwargs)

    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        users = list(objs)
        for user in users:
            user.username_skeleton = skeleton(user.username)
        if not kwargs.get("update_conflicts"):  # new accounts, which have no posts
            return super().bulk_create(users, *args, **kwargs)
        with transaction.atomic(using=self.db):
            created = super().bulk_create(users, *args, **kwargs)
            announce_posts("authors updated", using=self.db)
            if "password" in kwargs["update_fields"]:
                self._end_access_of(users, kwargs["unique_fields"])
        return created


class AnnouncingUserManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc] # made at run time
    """Django's manager of users with the announcing queryset."""


class User(PasswordAccount):
    """An account. A deactivated one can't sign in, and its posts and comments are not shown."""

    display_name = models.CharField(max_length=DISPLAY_NAME_MAX_LENGTH, blank=True)
    # Defaults of the database too, for the rows that other programs write.
    bio = models.TextField(max_length=BIO_MAX_LENGTH, blank=True, default="", db_default="")
    # Not an ImageField: that opens the file of every row it loads.
    # Its column keeps an earlier name, by which the release before and the triggers know it.
    avatar = models.FileField(
        upload_to="people", blank=True, default="", db_default="", db_column="picture"
    )
    # Size of the stored file in bytes, for the quota; 0 if an older release stored it.
    avatar_bytes = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, db_column="picture_bytes"
    )

    # As `posts.preferences` writes them; empty until the first are saved.
    preferences = models.CharField(
        max_length=PREFERENCES_MAX_LENGTH, blank=True, default="", db_default="", editable=False
    )
    # The skeleton of the username (see `posts.confusables`), set with it. Empty in rows that other
    # programs write; these names are not compared.
    username_skeleton = models.CharField(
        max_length=SKELETON_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        db_index=True,
        editable=False,
    )
    objects = AnnouncingUserManager()  # type: ignore[misc] # a class attribute, for Django

    class Meta(PasswordAccount.Meta):
        constraints = (
            models.CheckConstraint(
                name="user_bio_length", condition=models.Q(bio__length__lte=BIO_MAX_LENGTH)
            ),
            models.CheckConstraint(
                name="user_display_name_length",
                condition=models.Q(display_name__length__lte=DISPLAY_NAME_MAX_LENGTH),
            ),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if "username" in (self.__dict__ if fields is None else fields):
            self.username_skeleton = skeleton(self.username)
            if fields is not None:
                kwargs["update_fields"] = {*fields, "username_skeleton"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Check the names that have changed. Existing names stay allowed.

        Raises:
            ValidationError: a new name is not allowed.
        """
        super().clean()
        old = User.objects.filter(pk=self.pk).first() or User()
        errors: dict[str, ValidationError] = {}
        if self.username and self.username != old.username:
            with _collected(errors, "username"):
                usernames.check_new(self.username, User.objects.exclude(pk=self.pk))
        for field, name, before in (
            ("display_name", self.display_name, old.display_name),
            ("first_name", self.get_full_name(), old.get_full_name()),
        ):
            if name != before:
                with _collected(errors, field):
                    display_names.check(name, User.objects.all(), username=self.username)
        if errors:
            raise ValidationError(errors)

    def get_absolute_url(self) -> str:
        return author_path(self.pk, self.username)

    def get_mute_url(self) -> str:
        return mute_path(self.pk, self.username)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return super().has_perm(perm, obj) and self.powers_unlocked

    def has_module_perms(self, app_label: str) -> bool:
        return super().has_module_perms(app_label) and self.powers_unlocked

    @property
    def powers_unlocked(self) -> bool:
        """Whether the account may use its powers (the admin, content of other people).

        With STAFF_SECOND_FACTOR, only an account with a second factor may.
        """
        return not settings.STAFF_SECOND_FACTOR or self.has_second_factor

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether the account has a passkey or an authenticator app."""
        return self.authenticator_set.filter(type__in=SECOND_FACTORS).exists()

    @property
    def may_write(self) -> bool:
        """Whether the account may post, comment, like, mute, report and upload.

        It has a confirmed address, or never had an address: only operators make accounts without
        one, and the last address can't be removed.
        """
        if not settings.CONFIRM_ADDRESSES:
            return True
        confirmed = list(self.emailaddress_set.values_list("verified", flat=True))
        return any(confirmed) if confirmed else not self.email

    @property
    def shown_name(self) -> str:
        """The name on pages; see `shown_name`."""
        return shown_name(self)

    @property
    def avatar_url(self) -> str:
        """The URL of the avatar, relative to this site; empty without one."""
        return self.avatar.url if self.avatar else ""


@contextmanager
def _collected(errors: dict[str, ValidationError], field: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        errors[field] = error
