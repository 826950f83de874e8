"""Mutes are announced like counts, so that what is cached of the reader is read again."""

from collections.abc import Callable

import pytest

from posts.models import Mute, User
from tests.factories import UserFactory
from tests.unit.posts.conftest import COUNTS, SignalRecorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mute(recorder: SignalRecorder) -> Mute:
    """A stored mute, announced before the test begins."""
    made = Mute.objects.create(user=UserFactory.create(), muted=UserFactory.create())
    recorder.clear()
    return made


def _other() -> User:
    user: User = UserFactory.create()
    return user


@pytest.mark.parametrize(
    "write",
    [
        lambda mute: Mute(user=mute.user, muted=_other()).save(),
        lambda mute: Mute.objects.get_or_create(user=mute.user, muted=_other()),
        lambda mute: Mute.objects.bulk_create([Mute(user=mute.user, muted=_other())]),
        lambda mute: mute.delete(),
        lambda _: Mute.objects.all().delete(),
        lambda mute: mute.user.mutes.all().delete(),
        lambda mute: mute.save(),
        lambda _: Mute.objects.update(muted=_other()),
        lambda mute: Mute.objects.bulk_update([mute], ["created_at"]),
    ],
)
def test_each_change_of_mutes_is_announced_once(
    mute: Mute, recorder: SignalRecorder, write: Callable[[Mute], object]
) -> None:
    write(mute)
    assert recorder == [COUNTS]


@pytest.mark.parametrize(
    "write",
    [
        lambda mute: Mute.objects.get_or_create(user=mute.user, muted=mute.muted),
        lambda _: Mute.objects.filter(pk=0).delete(),
        lambda _: Mute.objects.filter(pk=0).update(muted=_other()),
        lambda _: Mute.objects.bulk_create([]),
    ],
)
def test_write_without_a_change_is_not_announced(
    mute: Mute, recorder: SignalRecorder, write: Callable[[Mute], object]
) -> None:
    write(mute)
    assert recorder == []
