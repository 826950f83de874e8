"""A stored response in each encoding, each with its own ETag."""

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
def stored() -> StoredResponse:
    return StoredResponse(HEADERS, BODY, public=PUBLIC)


def test_identity_variant_is_the_response_of_the_view(stored: StoredResponse) -> None:
    variant = stored.variant("identity", stored.per_response_headers)
    assert variant.body == [BODY]
    assert sorted(variant.headers) == sorted(
        [pair for pair in HEADERS if pair[0] != "Vary"] + [("Vary", "Cookie, Accept-Encoding")]
    )


def test_encoded_variant_has_its_own_encoding_length_and_etag(stored: StoredResponse) -> None:
    variant = stored.variant("br", [("Age", "4")])
    headers = dict(variant.headers)
    assert brotli.decompress(variant.body[0]) == BODY
    assert headers["Content-Encoding"] == "br"
    assert headers["Content-Length"] == str(len(variant.body[0]))
    assert headers["ETag"] == variant.etag == '"abc-br"'
    assert (headers["Age"], headers["X-Frame-Options"]) == ("4", "DENY")
    assert "Cache-Status" not in headers


def test_private_variant_differs_in_cache_control_only(
    stored: StoredResponse,
) -> None:
    ours = stored.variant("gzip", [])
    theirs = stored.variant("gzip", [], private=True)
    assert dict(theirs.headers) == dict(ours.headers) | {"Cache-Control": PRIVATE}
    assert theirs.body == ours.body


def test_body_is_compressed_once(stored: StoredResponse) -> None:
    first, second = stored.variant("gzip", []), stored.variant("gzip", [])
    assert first.body[0] is second.body[0]


def test_304_has_the_headers_of_rfc_9110_and_no_length(stored: StoredResponse) -> None:
    names = {name for name, _ in stored.variant("gzip", stored.per_response_headers).headers_304}
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
def test_if_none_match_is_compared_weakly(
    condition: str, known: bool, stored: StoredResponse
) -> None:
    assert stored.variant("identity", []).is_known_to(condition) is known


def test_weak_etag_of_the_view_becomes_strong() -> None:
    """A middleware of Django may weaken it, but here it names exactly these bytes."""
    assert (
        StoredResponse([("ETag", 'W/"abc"')], BODY, public=PUBLIC).variant("identity", []).etag
        == '"abc"'
    )
