"""The encoding that a client gets."""

import gzip

import brotli
import pytest
import zstandard

from freshcache.front_door.encodings import Encoding, compress, preferred

BODY = b"the same words again and again, " * 50


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("GZIP;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0, br;q=0", "identity"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "zstd"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("deflate, compress", "identity"),
        ("gzip;q=high", "identity"),
        ("gzip;level=9", "gzip"),
        (" gzip ; q=0.3 ,", "gzip"),
        ("gzip" + "," * 600, "identity"),
    ],
)
def test_preference_of_the_client_decides_and_then_the_size(
    header: str | None, encoding: Encoding
) -> None:
    assert preferred(header) == encoding


def test_compressed_body_decompresses_to_the_body() -> None:
    packed = {name: compress(BODY, name) or b"" for name in ("br", "zstd", "gzip")}
    assert brotli.decompress(packed["br"]) == BODY
    assert zstandard.ZstdDecompressor().decompress(packed["zstd"]) == BODY
    assert gzip.decompress(packed["gzip"]) == BODY
    assert all(len(body) < len(BODY) / 5 for body in packed.values())


def test_same_body_is_compressed_to_the_same_bytes_on_every_worker() -> None:
    assert compress(BODY, "gzip") == compress(BODY, "gzip")
    assert b"\x00\x00\x00\x00" in (compress(BODY, "gzip") or b"")[4:8], "no time in it"


@pytest.mark.parametrize("encoding", ["identity", "br", "zstd", "gzip"])
def test_body_that_does_not_shrink_is_not_compressed(encoding: Encoding) -> None:
    assert compress(b"", encoding) is None
