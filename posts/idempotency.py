"""One-time keys: a submission that is sent again finds the row that it made the first time.

A form has its key in a hidden field: the same key with other content is another submission. A
program sends the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): there, other
content under the same key is an error.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import models
from django.forms import BaseForm
from rest_framework.request import Request

from posts.current_user import current_user
from posts.errors import InvalidKeyError, KeyReusedError
from posts.models import SubmittedKey
from posts.models.submitted_keys import DIGEST_LENGTH

Row = TypeVar("Row", bound=models.Model)

HEADER = "HTTP_IDEMPOTENCY_KEY"  # its name in the environment of a request
# Headers of an answer to a request that was done before.
REPLAYED = {"Idempotent-Replayed": "true"}
KEPT = timedelta(days=7)
# A periodic job deletes so many at a time, in a fraction of a second.
PRUNED_ROWS = 2_000
_FORM_KEY = re.compile(r"[0-9a-f]{32}")
# Visible ASCII characters, with or without the quotation marks of a structured field (RFC 9651).
_HEADER_KEY = re.compile(r'"([!#-~]{1,255})"|([!#-~]{1,255})')


class Submission(NamedTuple):
    """What was sent under a key. Both texts are digests: see `SubmittedKey`."""

    user_id: int
    digest: str
    fingerprint: str


class Made(NamedTuple, Generic[Row]):
    """What a submission made. `row` is None if an earlier one with the same key made it."""

    pk: int
    row: Row | None


def new_key() -> str:
    """Return a key for a form: 32 hexadecimal digits, random."""
    return secrets.token_hex(16)


def form_key(text: Any) -> str:
    """Return the key of a submitted form; empty if it has none, or text that no form has."""
    return text if isinstance(text, str) and _FORM_KEY.fullmatch(text) else ""


def of_form(user_id: int, kind: str, form: BaseForm) -> Submission | None:
    """Return the submission of this form, which need not be valid. None without a key.

    `kind` says what is made, and of what, such as "comment on 5".
    """
    key = form_key(form.data.get("key"))
    if not key:
        return None
    texts = {name: _texts(values_of(form.data, name)) for name in form.fields if name != "key"}
    files = {name: values_of(form.files, name) for name in form.files if name in form.fields}
    fingerprint = _digest(key, json.dumps(texts, sort_keys=True), *_digests(files))
    return Submission(user_id, _digest(key, kind, fingerprint), fingerprint)


def of_request(request: Request, kind: str) -> Submission | None:
    """Return the submission of this request of the API. None without the header.

    Raises:
        InvalidKeyError: the header holds no key.
    """
    header = request.META.get(HEADER)
    if header is None:
        return None
    found = _HEADER_KEY.fullmatch(header)
    if found is None:
        raise InvalidKeyError
    key = found[1] or found[2]
    data: Any = request.data
    if hasattr(data, "lists"):  # a form
        data = {name: values for name, values in data.lists() if name not in request.FILES}
    content = json.dumps(data, sort_keys=True)
    files = {name: values_of(request.FILES, name) for name in request.FILES}
    fingerprint = _digest(key, kind, content, *_digests(files))
    user_id = current_user(request).pk
    return Submission(user_id, _digest(key, "API"), fingerprint)


def values_of(data: Any, name: str) -> list[Any]:
    """Return all submitted values or files of this name."""
    if hasattr(data, "getlist"):
        found: list[Any] = data.getlist(name)
        return found
    return [data[name]] if name in data else []


def find(sent: Submission | None) -> int | None:
    """Return the id of the row that this submission has made.

    Raises:
        KeyReusedError: the key came with other content before.
    """
    if sent is None:
        return None
    known = SubmittedKey.objects.filter(user_id=sent.user_id, digest=sent.digest).first()
    if known is None:
        return None
    if known.fingerprint != sent.fingerprint:
        raise KeyReusedError
    return known.object_id


def once(sent: Submission | None, make: Callable[[], Row]) -> Made[Row]:
    """Make the row with `make`, unless the same submission has made it. Needs a transaction.

    Of two at the same time, the second waits for the end of the first, within its time limits.

    Raises:
        KeyReusedError: the key came with other content before.
    """
    if sent is None:
        row = make()
        return Made(row.pk, row)
    key, is_new = SubmittedKey.objects.get_or_create(
        user_id=sent.user_id, digest=sent.digest, defaults={"fingerprint": sent.fingerprint}
    )
    if not is_new:
        if key.fingerprint != sent.fingerprint:
            raise KeyReusedError
        return Made(key.object_id, None)
    row = make()
    SubmittedKey.objects.filter(pk=key.pk).update(object_id=row.pk)
    return Made(row.pk, row)


def expired(now: datetime) -> models.QuerySet[SubmittedKey]:
    """Return the keys that are no longer kept."""
    return SubmittedKey.objects.filter(created_at__lt=now - KEPT)


def prune(now: datetime) -> None:
    """Delete keys that are no longer kept. A periodic job."""
    pks = list(expired(now).values_list("pk", flat=True)[:PRUNED_ROWS])
    SubmittedKey.objects.filter(pk__in=pks).delete()


def _texts(values: Sequence[Any]) -> str | list[str]:
    """Return the submitted texts of a name, without the empty ones at their end: one as itself."""
    texts = [_text(value) for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return texts if len(texts) > 1 else "".join(texts)


def _text(value: Any) -> str:
    """Return a submitted text as fields clean it, so that a browser's line breaks don't matter."""
    return str(value or "").strip().replace("\r\n", "\n").replace("\r", "\n")


def _digests(files: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Yield the name and a digest of the content of each file."""
    for name in sorted(files):
        for file in files[name]:
            digest = hashlib.blake2b(digest_size=DIGEST_LENGTH // 2)
            file.seek(0)
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
            yield f"{name} {digest.hexdigest()}"


def _digest(*parts: str) -> str:
    # As JSON, so that no two lists of parts are joined to the same text.
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=DIGEST_LENGTH // 2).hexdigest()
