"""The keys that a process has seen within ten minutes."""

from posts.last_use import MAX_KEYS, PRECISION, RecentlySeen

SECONDS = PRECISION.total_seconds()


def test_key_is_new_once_in_ten_minutes() -> None:
    now = 0.0
    seen = RecentlySeen(clock=lambda: now)
    assert [seen.first_time("a"), seen.first_time("a"), seen.first_time("b")] == [True, False, True]
    now = SECONDS - 1
    assert not seen.first_time("a")
    now = SECONDS
    assert seen.first_time("a")
    assert not seen.first_time("a")


def test_number_of_keys_is_bounded() -> None:
    seen = RecentlySeen(clock=lambda: 0.0)
    for number in range(MAX_KEYS + 1):
        assert seen.first_time(str(number))
    assert seen.first_time("0"), "the oldest made room"
    assert not seen.first_time(str(MAX_KEYS))


def test_question_marks_nothing() -> None:
    seen = RecentlySeen(clock=lambda: 0.0)
    assert not seen.has("a")
    assert seen.first_time("a")
    assert seen.has("a")
