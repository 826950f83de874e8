"""Cursors of the feed: one text for each position, and other text is refused."""

import base64
import re
import string
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.cursors import Cursor
from posts.cursors import InvalidCursor
from posts.ids import MAX_ID

PLACE = Cursor(datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC), 42)
BASE64URL = string.ascii_letters + string.digits + "-_"
FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

moments = st.datetimes(timezones=st.just(UTC))
ids = st.integers(min_value=0, max_value=MAX_ID)


def packed(microseconds: int, post_id: int) -> str:
    """Encode these two numbers, whether or not they are a valid position."""
    raw = microseconds.to_bytes(8, "big", signed=True) + post_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(moments, ids)
def test_decoding_restores_a_cursor_to_the_microsecond(moment: datetime, pk: int) -> None:
    place = Cursor(moment, pk)
    assert Cursor.decode(place.encode()) == place


@given(moments, ids)
def test_a_cursor_needs_no_escaping_in_a_url(moment: datetime, pk: int) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", Cursor(moment, pk).encode())


@pytest.mark.parametrize("moment", [FIRST_MOMENT, LAST_MOMENT, datetime(1970, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("pk", [0, 1, MAX_ID])
def test_first_and_last_moments_and_ids_have_cursors(moment: datetime, pk: int) -> None:
    assert Cursor.decode(Cursor(moment, pk).encode()) == Cursor(moment, pk)


def test_the_same_moment_in_another_time_zone_is_the_same_text() -> None:
    elsewhere = PLACE.created_at.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert Cursor(elsewhere, 42).encode() == PLACE.encode()


@given(st.text(BASE64URL, min_size=22, max_size=22))
def test_each_position_has_one_text_only(text: str) -> None:
    try:
        place = Cursor.decode(text)
    except InvalidCursor:
        return
    assert place.encode() == text


def test_of_sixteen_texts_with_the_same_bytes_one_is_accepted() -> None:
    # 22 characters carry 132 bits for 128: the last four say nothing.
    text = PLACE.encode()
    taken = []
    for last in BASE64URL:
        try:
            place = Cursor.decode(text[:-1] + last)
        except InvalidCursor:
            continue
        if place == PLACE:
            taken.append(text[:-1] + last)
    assert taken == [text]


@given(st.text(max_size=60))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    try:
        place = Cursor.decode(text)
    except InvalidCursor:
        return
    assert place.encode() == text


@given(st.binary(max_size=40))
def test_bytes_of_another_length_are_refused(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    if len(raw) != 16:
        with pytest.raises(InvalidCursor):
            Cursor.decode(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("garbage", id="too short"),
        pytest.param(PLACE.encode() + "==", id="padded"),
        pytest.param(PLACE.encode() + "A", id="too long"),
        pytest.param(f" {PLACE.encode()}", id="space before"),
        pytest.param(f"{PLACE.encode()}\n", id="line end after"),
        pytest.param("+/" + PLACE.encode()[2:], id="the alphabet of plain base64"),
        pytest.param("é" * 22, id="not ASCII"),
        pytest.param("\ud800" * 22, id="half a character"),
        pytest.param("\0" * 22, id="NUL"),
        pytest.param(packed(0, MAX_ID + 1), id="an id beyond a bigint"),
        pytest.param(packed(0, 2**64 - 1), id="the highest number"),
        pytest.param(packed(2**63 - 1, 1), id="a date beyond the year 9999"),
        pytest.param(packed(-(2**63), 1), id="a date before the year 1"),
    ],
)
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(text)


def test_cursor_after_a_day_is_midnight_of_the_next() -> None:
    place = Cursor.after_day(date(2024, 2, 28))
    assert place == Cursor(datetime(2024, 2, 29, tzinfo=UTC), 0)
    assert Cursor.decode(Cursor.after_day(date.min).encode()).created_at.day == 2
    with pytest.raises(OverflowError):
        Cursor.after_day(date.max)


def test_moment_after_the_year_9999_is_refused() -> None:
    last = (LAST_MOMENT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert Cursor.decode(packed(last, 1)).created_at == LAST_MOMENT
    with pytest.raises(InvalidCursor):
        Cursor.decode(packed(last + 1, 1))
