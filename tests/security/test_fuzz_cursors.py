"""Any text as a cursor gives a page or 400, and nothing is stored in shared rooms."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from feed.cache import feed_cache
from feed.cursors import Cursor, Near
from freshcache.policy import Room
from posts.cursors import InvalidCursor
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.door import Door

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.just(UTC))
IDS = st.integers(0, 2**63 - 1)
BYTES = st.integers(0, 255)
CURSORS = st.builds(Cursor, MOMENTS, IDS, st.none() | st.builds(Near, BYTES, BYTES))
# Texts that look like our cursors reach more of the code.
TEXTS = st.one_of(
    st.text(),
    st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()),
    st.text("ABCabc012-_=+/ ", min_size=20, max_size=38),
    CURSORS.map(Cursor.encode),
)


@given(CURSORS)
def test_encoded_cursor_decodes_to_the_same_cursor(cursor: Cursor) -> None:
    text = cursor.encode()
    assert Cursor.decode(text) == cursor
    assert len(text) == (36 if cursor.near else 22)


@given(TEXTS)
@example("A" * 22)
@example("A" * 36)
@example("=" * 36)
def test_decoded_text_is_signed_only_if_it_is_our_encoding(text: str) -> None:
    try:
        cursor = Cursor.decode(text)
    except InvalidCursor:
        return
    again = cursor.encode()
    assert again in (text, text[:21] + again[21:]), "one position has one text"
    if cursor.near is not None:
        assert again == text


@given(CURSORS.filter(lambda cursor: cursor.near is not None), st.data())
def test_changed_bits_invalidate_the_signature(cursor: Cursor, data: st.DataObject) -> None:
    packed = bytearray(base64.urlsafe_b64decode(cursor.encode()))
    for place in data.draw(st.sets(st.integers(0, 8 * len(packed) - 1), min_size=1, max_size=4)):
        packed[place // 8] ^= 1 << place % 8
    changed = base64.urlsafe_b64encode(bytes(packed)).decode()
    try:
        decoded = Cursor.decode(changed)
    except InvalidCursor:
        return
    assert decoded.near is None


@given(MOMENTS, IDS, BYTES, BYTES)
def test_signature_by_another_key_is_invalid(
    moment: datetime, pk: int, depth: int, limit: int
) -> None:
    text = Cursor(moment, pk, Near(depth, limit)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SECRET_KEY", "another " * 8)
        assert Cursor.decode(text) == Cursor(moment, pk)


@pytest.fixture
def door() -> Door:
    PostFactory.create_batch(3, author=UserFactory.create(username="ada"))
    feed_cache().self_check.due_at = float("inf")
    return Door()


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=TEXTS,
    path=st.sampled_from(["/", "/api/feed/", "/search/", "/tags/tag/", "/authors/ada/comments/"]),
)
def test_any_cursor_gives_a_page_or_400_and_is_not_stored_in_shared_rooms(
    text: str, path: str, door: Door
) -> None:
    assume(text)
    memories = feed_cache().memories
    before = sum(len(memories[room]) for room in Room if room.shared)
    query = "?q=word&" if path == "/search/" else "?"
    answer = door.get(f"{path}{query}cursor={quote(text, safe='')}")
    assert answer.status in {200, 400}
    if path == "/api/feed/":
        json.loads(answer.body)
    try:
        near = Cursor.decode(text).near
    except InvalidCursor:
        assert answer.status == 400
        near = None
    if near is None or near.limit != 20:
        assert sum(len(memories[room]) for room in Room if room.shared) == before
        assert not door.front.entries


def test_signed_and_unsigned_cursor_encode_the_same_position() -> None:
    near = Cursor(NOON + timedelta(microseconds=1), 7, Near(1, 20))
    assert near.encode().startswith(Cursor(near.created_at, 7).encode()[:21])
