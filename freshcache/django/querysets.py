"""Announce writes to models, made by saves, deletes and querysets, but not by raw SQL."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from django.db import models
from django.db.models.signals import post_delete, post_save

Row = TypeVar("Row", bound=models.Model)


class Announce(Protocol):
    """A function that announces a change, as `FreshCache.invalidate` and `invalidate_counts` do."""

    def __call__(self, cause: str, *, using: str | None = None) -> None:
        """Announce after the commit. `cause`: words for the log; `using`: the database."""


class AnnouncingQuerySet(models.QuerySet[Row]):
    """A queryset that announces its bulk writes, for which Django sends no signals.

    A subclass defines `announce`. Use it for the manager of the model, and name that manager in
    `Meta.base_manager_name`, because related managers write through the base manager.
    """

    def announce(self, cause: str) -> None:
        """Announce that rows of this model have changed in the database `self.db`."""
        raise NotImplementedError

    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count:
            self.announce(f"{self._plural} updated")
        return count

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        created = super().bulk_create(objs, *args, **kwargs)
        if created:
            self.announce(f"{self._plural} created")
        return created

    @property
    def _plural(self) -> str:
        return f"{self.model.__name__.lower()}s"


def announce_writes(model: type[models.Model], announce: Announce) -> None:
    """Announce each save and each delete of a row of `model`, cascades included."""
    name = model.__name__.lower()

    def saved(*, using: str, **kwargs: Any) -> None:
        announce(f"{name} saved", using=using)

    def deleted(*, using: str, **kwargs: Any) -> None:
        announce(f"{name} deleted", using=using)

    # Not weak: there are no other references to these functions.
    post_save.connect(saved, sender=model, weak=False)
    post_delete.connect(deleted, sender=model, weak=False)
