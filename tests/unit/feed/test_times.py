"""Times as pages show them."""

from datetime import UTC, datetime

from django.utils import translation
from django.utils.dateformat import format as formatted
from hypothesis import given
from hypothesis import strategies as st

from feed import times

MOMENT = "2026-11-03T09:05:07.123456Z"


def test_times_are_readable_and_in_utc() -> None:
    assert times.readable_time(MOMENT) == "3 Nov 2026, 09:05 UTC"
    assert times.exact_time(MOMENT) == "3 Nov 2026, 09:05:07 UTC"
    assert times.readable_month(MOMENT) == "November 2026"
    assert times.readable_day(MOMENT) == "3 November 2026 UTC"
    assert times.machine_time(MOMENT) == "2026-11-03T09:05:07.123Z"


@given(moment=st.datetimes(timezones=st.just(UTC)), language=st.sampled_from(["en", "ar", "pl"]))
def test_times_are_those_of_django(moment: datetime, language: str) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".zfill(27)
    with translation.override(language):
        assert times.readable_time(text) == f"{formatted(moment, 'j M Y, H:i')} UTC"
        assert times.exact_time(text) == f"{formatted(moment, 'j M Y, H:i:s')} UTC"
