"""The image decoder, called without its process."""

import os
import resource
import signal
import socket
import threading
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from posts import image_decoder
from posts.image_decoder import PixelsError, prepare
from posts.image_messages import ANSWER, REQUEST, Outcome
from tests.unit.posts.sample_images import chunk, encoded, half_and_half, png


def test_prepared_image_is_a_webp_of_the_reported_size() -> None:
    content, size = prepare(encoded(half_and_half((400, 200)), "PNG"), 100, square=False)
    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.size) == ("WEBP", (100, 50))
    assert size == (100, 50)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("profile", [SRGB, b"not a profile"], ids=["sRGB", "broken"])
def test_prepared_image_has_no_colour_profile(profile: bytes) -> None:
    content, _ = prepare(
        encoded(half_and_half((40, 20)), "PNG", icc_profile=profile), 100, square=False
    )
    with Image.open(BytesIO(content)) as image:
        assert "icc_profile" not in image.info
        assert image.getpixel((2, 2)) == pytest.approx((255, 0, 0), abs=12)


def test_sixteen_bits_a_pixel_become_eight() -> None:
    sixteen = Image.new("I;16", (10, 10), 0x8000)
    content, _ = prepare(encoded(sixteen, "PNG"), 100, square=False)
    with Image.open(BytesIO(content)) as image:
        assert image.getpixel((5, 5)) == pytest.approx((128, 128, 128), abs=3)


@pytest.mark.parametrize(
    ("size", "outcome"),
    [
        ((16_384, 1), Outcome.TOO_LONG_SIDE),
        ((1, 16_384), Outcome.TOO_LONG_SIDE),
        ((6_400, 6_400), Outcome.TOO_MANY_PIXELS),
    ],
)
def test_pixels_are_counted_before_any_is_decoded(size: tuple[int, int], outcome: Outcome) -> None:
    with pytest.raises(PixelsError) as raised:
        prepare(png(*size), 100, square=False)
    assert (raised.value.outcome, raised.value.size) == (outcome, size)


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (MemoryError(), Outcome.OUT_OF_MEMORY),
        (OSError(), Outcome.UNREADABLE),
        (SyntaxError(), Outcome.UNREADABLE),
        (RecursionError(), Outcome.UNREADABLE),
        (PixelsError(Outcome.TOO_LONG_SIDE, (3, 4)), Outcome.TOO_LONG_SIDE),
    ],
    ids=repr,
)
def test_each_failure_has_an_answer(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, outcome: Outcome
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise raised

    monkeypatch.setattr(image_decoder, "prepare", fail)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    answer = image_decoder._answer(BytesIO(), 100, square=False)
    assert ANSWER.unpack(answer)[:2] == (outcome, 0)


def test_requests_are_answered_until_the_socket_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_confine", "_load_all_of_pillow"):
        monkeypatch.setattr(image_decoder, name, lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    ours, its = socket.socketpair()
    content = encoded(half_and_half((4, 2)), "PNG").getvalue()
    before = os.dup(0)
    try:
        os.dup2(its.fileno(), 0)
        thread = threading.Thread(target=image_decoder.main)
        thread.start()
        with ours, its:
            for square, size in ((False, (4, 2)), (True, (9, 9))):
                ours.sendall(REQUEST.pack(len(content), 9, square) + content)
                outcome, length, *found = ANSWER.unpack(ours.recv(ANSWER.size, socket.MSG_WAITALL))
                assert (outcome, tuple(found)) == (Outcome.PREPARED, size)
                assert len(ours.recv(length, socket.MSG_WAITALL)) == length
            os.dup2(before, 0)
            ours.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()
    finally:
        os.dup2(before, 0)
        os.close(before)


def test_png_with_extra_chunks_is_accepted() -> None:
    words = chunk(b"tEXt", b"Comment\0" + b"x" * 100_000)
    content = encoded(half_and_half((4, 2)), "PNG").getvalue()
    assert b"xxx" not in prepare(BytesIO(content[:33] + words + content[33:]), 9, square=False)[0]
