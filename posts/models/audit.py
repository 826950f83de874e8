"""The audit log: entries are added, never changed or deleted."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from posts.errors import AppendOnlyError

NAME_MAX_LENGTH = 200


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Refuses changes and deletions.

    Raises:
        AppendOnlyError: by each method that would change or delete an entry.
    """

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(
        self, objs: Iterable["AuditEntry"], *args: Any, **kwargs: Any
    ) -> list["AuditEntry"]:
        if kwargs.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(objs, *args, **kwargs)


class AuditEntry(models.Model):
    """One event. Actor and object are stored as id and name, without foreign keys, so that the
    entry stays when they are deleted."""

    at = models.DateTimeField(default=timezone.now, db_default=Now(), db_index=True)
    # None and "": the actor was a program (a command, a shell).
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", db_default="")
    action = models.CharField(max_length=NAME_MAX_LENGTH)
    object_type = models.CharField(
        max_length=NAME_MAX_LENGTH, blank=True, default="", db_default=""
    )
    object_id = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", db_default="")
    object_name = models.CharField(
        max_length=NAME_MAX_LENGTH, blank=True, default="", db_default=""
    )
    # `before`, `after`: field name to value. `message`: the text that the admin shows.
    detail = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    objects = AuditQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ("view",)
        indexes = (models.Index(fields=["object_type", "object_id"], name="audit_entry_by_object"),)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor or 'a program'}: {self.action} {self.object_name}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry.

        Raises:
            AppendOnlyError: it is in the log already.
        """
        if not self._state.adding:
            raise AppendOnlyError
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError
