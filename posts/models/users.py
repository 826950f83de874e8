"""Who writes."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Length
from django.urls import reverse

from posts.signals import AUTHOR_FIELDS, announce_posts

BIO_MAX_LENGTH = 300

# The constraints on texts need it, of all models: each of them imports this one.
models.TextField.register_lookup(Length)


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count and AUTHOR_FIELDS & values.keys():
            announce_posts("authors updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        created = super().bulk_create(objs, *args, **kwargs)
        if kwargs.get("update_conflicts"):  # otherwise they are new, and have written nothing
            announce_posts("authors updated", using=self.db)
        return created


class AnnouncingUserManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc] # made at run time
    """Django's manager of users over a queryset that announces."""


class User(AbstractUser):
    """An account. Deactivated, it can't sign in, and what it wrote is not shown."""

    display_name = models.CharField(max_length=80, blank=True)
    # Defaults of the database too, for the rows that other programs write.
    bio = models.TextField(max_length=BIO_MAX_LENGTH, blank=True, default="", db_default="")
    # Not an ImageField: that opens the file of every row it loads.
    picture = models.FileField(upload_to="people", blank=True, default="", db_default="")

    objects = AnnouncingUserManager()  # type: ignore[misc] # a class attribute, for Django

    class Meta(AbstractUser.Meta):
        constraints = (
            models.CheckConstraint(
                name="user_bio_length", condition=models.Q(bio__length__lte=BIO_MAX_LENGTH)
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("author", args=[self.username])

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self._powers_unlocked and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self._powers_unlocked and super().has_module_perms(app_label)

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
