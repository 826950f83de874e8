"""Which keys a process has seen within ten minutes."""

from posts.last_use import COARSE, MAX_KEYS, RecentlySeen

SECONDS = COARSE.total_seconds()


def test_a_key_is_seen_for_the_first_time_once_in_ten_minutes() -> None:
    now = 0.0
    seen = RecentlySeen(clock=lambda: now)
    assert [seen.first_time("a"), seen.first_time("a"), seen.first_time("b")] == [True, False, True]
    now = SECONDS - 1
    assert not seen.first_time("a")
    now = SECONDS
    assert seen.first_time("a")
    assert not seen.first_time("a")


def test_no_more_keys_are_kept_than_there_is_room_for() -> None:
    seen = RecentlySeen(clock=lambda: 0.0)
    for number in range(MAX_KEYS + 1):
        assert seen.first_time(str(number))
    assert seen.first_time("0"), "the oldest made room"
    assert not seen.first_time(str(MAX_KEYS))
