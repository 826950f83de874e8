"""The audit log: which events are recorded, and how.

Actions on content of other people and all actions in the admin go to Django's admin log, and from
there to the audit log, because Django deletes an entry with its user. Signals of the models record
powers gained or lost, and deleted accounts. Raw SQL is not recorded.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from posts.models import EDITED_BY, AuditEntry, Post, User
from posts.models.audit import NAME_MAX_LENGTH
from posts.models.users import POWER_FIELDS
from posts.signals import powers_updated

ACTIONS = {ADDITION: "added", CHANGE: "changed", DELETION: "deleted"}
NEVER_KEPT = frozenset({"password"})
# Attributes that pass values from one signal to the next. No field has these names.
_BEFORE, _DETAIL = "_powers_before", "_audit_detail"

log = structlog.get_logger(__name__)
_actor: ContextVar[Callable[[], Any] | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor: Callable[[], Any]) -> Iterator[None]:
    """Set the actor of the entries that this thread makes in the block without naming one.

    `actor` is called only if there is such an entry.
    """
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def actor_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the actor is the user of the request, by session or by API token."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with acting(lambda: getattr(request, "user", None)):
            return get_response(request)

    return middleware


def log_action(
    user: Any,
    rows: Iterable[models.Model],
    flag: int,
    message: str | list[Any] = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> list[LogEntry]:
    """Log that `user` added, changed or deletes these rows: `ADDITION`, `CHANGE`, `DELETION`.

    Call it before a deletion, since the entry keeps the content. `before` and `after` map field
    names to values. `message` has the format of Django's admin log.
    """
    made = []
    for row in rows:  # one by one: Django's manager sends no signal for a bulk entry
        entry = LogEntry(
            user=user,
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=str(row.pk),
            object_repr=str(row)[:NAME_MAX_LENGTH],
            action_flag=flag,
            change_message=message if isinstance(message, str) else json.dumps(message),
        )
        kept = {"before": contents(row) if flag == DELETION else before, "after": after}
        detail = {name: plain(values) for name, values in kept.items() if values}
        entry.__dict__[_DETAIL] = detail
        entry.save()
        made.append(entry)
    return made


def edit_and_log(post: Post, values: Mapping[str, Any], *, by: User) -> None:
    """Save those values that differ. Log it if `by` is not the author. Needs a transaction."""
    changed = {name: new for name, new in values.items() if getattr(post, name) != new}
    if not changed:
        return
    if post.author_id != by.pk:
        before = {name: getattr(post, name) for name in changed}
        message = [{"changed": {"fields": [name.replace("_", " ") for name in changed]}}]
        log_action(by, [post], CHANGE, message, before=before, after=changed)
    if EDITED_BY & changed.keys():
        changed["updated_at"] = timezone.now()
    for name, value in changed.items():
        setattr(post, name, value)
    post.save(update_fields=changed)


def delete_and_log(row: Any, *, by: User) -> None:
    """Delete a post or a comment. Log it if `by` is not its author."""
    with transaction.atomic(savepoint=False):
        if row.author_id != by.pk:
            log_action(by, [row], DELETION)
        row.delete()


def contents(row: models.Model) -> dict[str, Any]:
    """Return the fields of a row that the log keeps: those in `AUDITED` of its model."""
    return {name: getattr(row, name) for name in getattr(row, "AUDITED", ())}


def record(action: str, rows: Iterable[models.Model], *, actor: Any = None, **detail: Any) -> None:
    """Add an entry for each row. The default actor is the user of the current request, if any."""
    actor = actor or ((found := _actor.get()) and found())
    for row in rows:
        _append(action, actor, _type(row), str(row.pk), str(row), detail)


def _append(
    action: str, actor: Any, object_type: str, object_id: str, name: str, detail: dict[str, Any]
) -> None:
    entry = AuditEntry.objects.create(
        actor_id=getattr(actor, "pk", None),
        actor=actor.get_username()[:NAME_MAX_LENGTH] if actor else "",
        action=action,
        object_type=object_type,
        object_id=object_id[:NAME_MAX_LENGTH],
        object_name=name[:NAME_MAX_LENGTH],
        detail=detail,
    )
    # After commit, since a rollback undoes the event. Content stays out of log files.
    transaction.on_commit(lambda: _log(entry))


def _log(entry: AuditEntry) -> None:
    log.info(
        "power used",
        action=entry.action,
        actor=entry.actor,
        actor_id=entry.actor_id,
        object_type=entry.object_type,
        object_id=entry.object_id,
        entry=entry.pk,
    )


def _type(model: models.Model | type[models.Model]) -> str:
    return str(model._meta.label_lower)  # noqa: SLF001 -- Django's public API


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return these values as JSON types, without passwords."""
    return {name: _plain_value(value) for name, value in values.items() if name not in NEVER_KEPT}


def _plain_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [one if isinstance(one, dict) else str(one) for one in value]  # of JSON
    if isinstance(value, list | tuple | set | models.QuerySet):
        return sorted(str(one) for one in value)
    return str(value)


# --- Listening -----------------------------------------------------------------------------------


def _copy(*, instance: LogEntry, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created or raw:
        return
    kind = instance.content_type
    detail = {"message": instance.get_change_message(), **instance.__dict__.get(_DETAIL, {})}
    _append(
        ACTIONS.get(instance.action_flag, str(instance.action_flag)),
        instance.user,
        f"{kind.app_label}.{kind.model}" if kind else "",
        str(instance.object_id or ""),  # not yet text on a new instance
        instance.object_repr,
        detail,
    )


def _note_powers(*, instance: User, raw: bool = False, update_fields: Any = None, **_: Any) -> None:
    """Keep the powers that an account has before it is saved, for those that change."""
    saved = POWER_FIELDS if update_fields is None else POWER_FIELDS & {*update_fields}
    if raw or not saved:
        return
    before = dict.fromkeys(POWER_FIELDS, False)
    if instance.pk is not None:
        rows = User.objects.filter(pk=instance.pk).values(*POWER_FIELDS)
        before = rows.first() or before
    changed = [name for name in sorted(saved) if before[name] != getattr(instance, name)]
    instance.__dict__[_BEFORE] = {name: before[name] for name in changed}


def _powers_saved(*, instance: User, **kwargs: Any) -> None:
    if before := instance.__dict__.pop(_BEFORE, None):
        after = {name: getattr(instance, name) for name in before}
        record("powers changed", [instance], before=before, after=after)


def _powers_updated(*, users: list[User], values: dict[str, Any], **kwargs: Any) -> None:
    record("powers changed", users, after=plain(values))


def _powers_set(*, instance: Any, action: str, model: Any, pk_set: Any, **kwargs: Any) -> None:
    """Record groups or permissions of a person, or permissions of a group, that change."""
    if action in {"post_add", "post_remove"} and pk_set:
        name = {Permission: "codename", User: "username"}.get(model, "name")
        named = model.objects.filter(pk__in=pk_set).values_list(name, flat=True)
        key = "added" if action == "post_add" else "removed"
        record("powers changed", [instance], what=_type(model), **{key: sorted(named)})
    elif action == "pre_clear":
        record("powers changed", [instance], what=_type(model), removed="all")


def _account_deleted(*, instance: User, **kwargs: Any) -> None:
    record("account deleted", [instance])


def _signed_in(*, user: Any, **kwargs: Any) -> None:
    if user.is_staff or user.is_superuser:
        record("signed in", [user], actor=user)


def connect() -> None:
    """Connect the signals of the models."""
    post_save.connect(_copy, sender=LogEntry, dispatch_uid="audit.copy")
    pre_save.connect(_note_powers, sender=User, dispatch_uid="audit.note")
    post_save.connect(_powers_saved, sender=User, dispatch_uid="audit.powers")
    powers_updated.connect(_powers_updated, dispatch_uid="audit.updated")
    post_delete.connect(_account_deleted, sender=User, dispatch_uid="audit.deleted")
    for through in (
        User.groups.through,
        User.user_permissions.through,
        Group.permissions.through,
    ):
        m2m_changed.connect(_powers_set, sender=through, dispatch_uid=f"audit.{through.__name__}")
    user_logged_in.connect(_signed_in, dispatch_uid="audit.signed_in")
