"""A finished answer in its encodings, each with its own validator."""

import brotli
import pytest

from freshcache.front_door.stored_response import StoredResponse
from tests.unit.feed.reading import PRIVATE, PUBLIC

BODY = b"the same words again and again, " * 50
HEADERS = [
    ("Content-Type", "application/json"),
    ("ETag", '"abc"'),
    ("Vary", "Cookie"),
    ("Content-Length", "1600"),
    ("Cache-Control", PUBLIC),
    ("X-Frame-Options", "DENY"),
    ("Age", "3"),
    ("Cache-Status", "feed; hit"),
]


@pytest.fixture
def finished() -> StoredResponse:
    return StoredResponse(HEADERS, BODY, public=PUBLIC)


def test_plain_it_is_what_the_view_answered(finished: StoredResponse) -> None:
    variant = finished.variant("identity", finished.told)
    assert variant.body == [BODY]
    assert sorted(variant.headers) == sorted(
        [pair for pair in HEADERS if pair[0] != "Vary"] + [("Vary", "Cookie, Accept-Encoding")]
    )


def test_encoded_it_says_so_and_has_its_own_length_and_validator(finished: StoredResponse) -> None:
    variant = finished.variant("br", [("Age", "4")])
    headers = dict(variant.headers)
    assert brotli.decompress(variant.body[0]) == BODY
    assert headers["Content-Encoding"] == "br"
    assert headers["Content-Length"] == str(len(variant.body[0]))
    assert headers["ETag"] == variant.etag == '"abc-br"'
    assert (headers["Age"], headers["X-Frame-Options"]) == ("4", "DENY")
    assert "Cache-Status" not in headers


def test_to_a_reader_with_credentials_it_is_private_and_else_the_same(
    finished: StoredResponse,
) -> None:
    ours = finished.variant("gzip", [])
    theirs = finished.variant("gzip", [], private=True)
    assert dict(theirs.headers) == dict(ours.headers) | {"Cache-Control": PRIVATE}
    assert theirs.body == ours.body


def test_it_is_compressed_once(finished: StoredResponse) -> None:
    first, second = finished.variant("gzip", []), finished.variant("gzip", [])
    assert first.body[0] is second.body[0]


def test_a_304_has_what_a_cache_needs_and_no_length(finished: StoredResponse) -> None:
    names = {name for name, _ in finished.variant("gzip", finished.told).headers_304}
    assert names == {"ETag", "Vary", "Cache-Control", "Age", "Cache-Status"}


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ("*", True),
        ('"other", W/"abc" , "third"', True),
        ('"abc-br"', False),
        ('"other"', False),
        ('"ab", "c"', False),
        ("abc", False),
        ("", False),
        ("\x00\xff nonsense,,,", False),
    ],
)
def test_who_has_it_is_told_so(condition: str, known: bool, finished: StoredResponse) -> None:
    assert finished.variant("identity", []).is_known_to(condition) is known


def test_a_weak_validator_of_the_view_is_taken_for_the_very_bytes() -> None:
    """Django's middleware may weaken one; here the bytes are what it was computed from."""
    assert (
        StoredResponse([("ETag", 'W/"abc"')], BODY, public=PUBLIC).variant("identity", []).etag
        == '"abc"'
    )
