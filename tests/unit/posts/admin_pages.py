"""Helpers for tests of the admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal
from django.test import Client
from django.urls import reverse

from posts.signals import posts_changed


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:posts_{name}", args=args)


def act(client: Client, model: str, action: str, *rows: Any, expect: int = 200, **more: Any) -> str:
    """Run an action on rows of a list; return the next page."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    response = client.post(url(f"{model}_changelist"), data, follow=True)
    assert response.status_code == expect
    return response.content.decode()


@contextmanager
def announced(signal: Signal = posts_changed) -> Iterator[list[str]]:
    """Collect the causes of announcements in the block."""
    causes: list[str] = []

    def listen(*, cause: str, **kwargs: Any) -> None:
        causes.append(cause)

    signal.connect(listen)
    try:
        yield causes
    finally:
        signal.disconnect(listen)


def shown(client: Client, model: str, query: str = "") -> list[Any]:
    """Return the rows of a list."""
    response = client.get(url(f"{model}_changelist") + query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)
