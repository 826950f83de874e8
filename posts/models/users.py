"""Who writes."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.contrib.auth.models import Permission, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Length
from django.urls import NoReverseMatch, reverse

from posts import display_names, usernames
from posts.confusables import SKELETON_MAX_LENGTH, skeleton
from posts.models.passwords import PasswordAccount, PasswordQuerySet
from posts.signals import AUTHOR_FIELDS, announce_posts

BIO_MAX_LENGTH = 300

# Setting one of these gives or takes powers.
POWER_FIELDS = frozenset({"is_staff", "is_superuser"})
# Browsers take these for directories, however they are written.
UNADDRESSABLE = frozenset({"", ".", ".."})

# The constraints on texts need it, of all models: each of them imports this one.
models.TextField.register_lookup(Length)


class UserQuerySet(PasswordQuerySet["User"]):  # type: ignore[override] # its as_manager
    def with_powers(self) -> Self:
        """Accounts that may do more than others: staff, superusers, and who has a permission."""
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
        from posts import audit

        with transaction.atomic(using=self.db):
            changed = list(self.exclude(**powers))
            count = self._set(values)
            audit.record("powers changed", changed, after=audit.plain(powers))
        return count

    def _set(self, values: dict[str, Any]) -> int:
        count = super().update(**values)
        if count and AUTHOR_FIELDS & values.keys():
            announce_posts("authors updated", using=self.db)
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
        if not kwargs.get("update_conflicts"):  # they are new, and have written nothing
            return super().bulk_create(users, *args, **kwargs)
        with transaction.atomic(using=self.db):
            created = super().bulk_create(users, *args, **kwargs)
            announce_posts("authors updated", using=self.db)
            if "password" in kwargs["update_fields"]:
                self._end_access_of(users, kwargs["unique_fields"])
        return created


class AnnouncingUserManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc] # made at run time
    """Django's manager of users over a queryset that announces."""


class User(PasswordAccount):
    """An account. Deactivated, it can't sign in, and what it wrote is not shown."""

    display_name = models.CharField(max_length=80, blank=True)
    # Defaults of the database too, for the rows that other programs write.
    bio = models.TextField(max_length=BIO_MAX_LENGTH, blank=True, default="", db_default="")
    # Not an ImageField: that opens the file of every row it loads.
    picture = models.FileField(upload_to="people", blank=True, default="", db_default="")
    # Of the stored file, for the account's quota; 0 for files of releases that did not count.
    picture_bytes = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # What the username looks like: see `posts.confusables`. Set with it; empty in rows that other
    # programs write, whose names are then not compared.
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
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if "username" in (self.__dict__ if fields is None else fields):
            self.username_skeleton = skeleton(self.username)
            if fields is not None:
                kwargs["update_fields"] = {*fields, "username_skeleton"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Raises: ValidationError: a name that is new is not one to be had. Names that an account
        has already stay."""
        super().clean()
        old = User.objects.filter(pk=self.pk).first() or User()
        errors: dict[str, ValidationError] = {}
        if self.username and self.username != old.username:
            with _collected(errors, "username"):
                usernames.check_new(self.username, but=self.pk)
        for field, name, before in (
            ("display_name", self.display_name, old.display_name),
            ("first_name", self.get_full_name(), old.get_full_name()),
        ):
            if name != before:
                with _collected(errors, field):
                    display_names.check(name, username=self.username)
        if errors:
            raise ValidationError(errors)

    def get_absolute_url(self) -> str:
        return author_path(self.pk, self.username)

    def get_mute_url(self) -> str:
        return author_path(self.pk, self.username, mute=True)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return super().has_perm(perm, obj) and self._powers_unlocked

    def has_module_perms(self, app_label: str) -> bool:
        return super().has_module_perms(app_label) and self._powers_unlocked

    @property
    def _powers_unlocked(self) -> bool:
        from posts import second_factor

        return second_factor.powers_unlocked(self)

    @property
    def has_second_factor(self) -> bool:
        from posts import second_factor

        return second_factor.has_second_factor(self)

    @property
    def may_write(self) -> bool:
        """Whether they may post, comment, like, mute, report and upload."""
        from posts import confirmation

        return confirmation.may_write(self)

    @property
    def shown_name(self) -> str:
        """What posts show: the display name, else the full name, else the username."""
        return self.display_name or self.get_full_name() or self.username

    @property
    def avatar_url(self) -> str:
        """Where their picture is, relative to this site; empty without one."""
        return self.picture.url if self.picture else ""


@contextmanager
def _collected(errors: dict[str, ValidationError], field: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        errors[field] = error


def author_path(pk: int | str, username: str, *, mute: bool = False) -> str:
    """Where an author's page is, or the form that mutes them: by name, or by id for the few names
    that no path can hold."""
    view = "author-mute" if mute else "author"
    if username not in UNADDRESSABLE:
        try:
            return reverse(view, args=[username])
        except NoReverseMatch:  # a slash, which only other programs can have put there
            pass
    return reverse(f"{view}-by-id", args=[pk])
