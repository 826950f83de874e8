"""The image decoder, called without its process."""

import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from posts import image_decoder, webp
from posts.image_decoder import PixelsError, prepare
from posts.image_messages import ANSWER, REQUEST, Outcome
from tests.unit.posts.sample_images import chunk, encoded, half_and_half, png


def test_prepared_image_is_a_webp_of_the_reported_size() -> None:
    content, size, _ = prepare(encoded(half_and_half((400, 200)), "PNG"), 100, square=False)
    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.size) == ("WEBP", (100, 50))
    assert size == (100, 50)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("profile", [SRGB, b"not a profile"], ids=["sRGB", "broken"])
def test_prepared_image_has_no_colour_profile(profile: bytes) -> None:
    content, _, _ = prepare(
        encoded(half_and_half((40, 20)), "PNG", icc_profile=profile), 100, square=False
    )
    with Image.open(BytesIO(content)) as image:
        assert "icc_profile" not in image.info
        assert image.getpixel((2, 2)) == pytest.approx((255, 0, 0), abs=12)


def test_sixteen_bits_a_pixel_become_eight() -> None:
    sixteen = Image.new("I;16", (10, 10), 0x8000)
    content, _, _ = prepare(encoded(sixteen, "PNG"), 100, square=False)
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
                ours.sendall(REQUEST.pack(len(content), 9, square, False) + content)
                outcome, length, *found, _ = ANSWER.unpack(
                    ours.recv(ANSWER.size, socket.MSG_WAITALL)
                )
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


# --- Moving images ------------------------------------------------------------------------------

COLOURS = ("red", "lime", "blue")


def moving(kind: str = "GIF", *, count: int = 3, size: tuple[int, int] = (40, 20)) -> BytesIO:
    """Return a moving image whose frames are red, green and blue, a fifth of a second each."""
    frames = [Image.new("RGB", size, COLOURS[number % 3]) for number in range(count)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=200)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_moving_image_keeps_its_frames_and_their_time(kind: str) -> None:
    content, size, still = prepare(moving(kind), 20, square=False, moving=True)
    assert webp.size(content, max_frames=3) == webp.size(still) == size == (20, 10)
    with Image.open(BytesIO(content)) as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (3, 0)
        for number, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
            image.seek(number)
            image.load()
            assert image.info["duration"] == 200
            assert image.convert("RGB").getpixel((5, 5)) == pytest.approx(colour, abs=16)


def test_moving_image_becomes_still_where_that_is_asked() -> None:
    for square in (False, True):
        content, _, still = prepare(moving(), 20, square=square)
        assert webp.size(content)
        assert not still


def test_frames_that_are_all_the_same_are_a_still() -> None:
    frames = [Image.new("RGB", (4, 2), "red")] * 2
    file = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    content, _, still = prepare(file, 20, square=False, moving=True)
    assert webp.size(content) == (4, 2)
    assert not still


def many_frames(count: int) -> BytesIO:
    """Return a GIF of so many frames, each of which repeats the second one."""
    head = moving(count=2, size=(2, 2)).getvalue()
    begin = head.rindex(b"\x21\xf9\x04")
    return BytesIO(head[:begin] + head[begin:-1] * (count - 1) + b";")


def animated_header(count: int) -> BytesIO:
    """Return a PNG that declares so many frames of 39.7 megapixels, and has none."""
    content = png(6_300, 6_300).getvalue()
    control = chunk(b"acTL", count.to_bytes(4, "big") + bytes(4))
    return BytesIO(content[:33] + control + content[33:])


@pytest.mark.parametrize(
    "make",
    [
        lambda: many_frames(10_000),
        lambda: moving(count=30, size=(2_000, 1_700)),
        lambda: animated_header(100),
    ],
    ids=["10,000 frames", "large frames", "declared frames"],
)
def test_too_much_motion_is_refused_before_a_frame_is_decoded(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], BytesIO]
) -> None:
    monkeypatch.setattr(image_decoder, "_frames", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PixelsError) as raised:
        prepare(make(), 1_600, square=False, moving=True)
    assert raised.value.outcome is Outcome.TOO_MUCH_MOTION


def test_frame_beyond_the_canvas_is_refused() -> None:
    content = bytearray(moving(count=2, size=(40, 20)).getvalue())
    at = content.rindex(b"\x2c")  # the image descriptor of the second frame
    content[at + 5 : at + 9] = b"\xff\x3f\xff\x3f"
    with pytest.raises(PixelsError) as raised:
        prepare(BytesIO(bytes(content)), 1_600, square=False, moving=True)
    assert raised.value.outcome is Outcome.TOO_MUCH_MOTION


def test_damaged_moving_image_is_a_still_of_its_first_frame() -> None:
    frames = [Image.effect_noise((60, 60), 90).convert("P") for _ in range(4)]
    whole = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]).getvalue()
    cut = BytesIO(whole[: len(whole) * 3 // 4])
    content, size, still = prepare(cut, 60, square=False, moving=True)
    assert webp.size(content) == size == (60, 60)
    assert not still


@pytest.mark.parametrize(("name", "value"), [("MAX_MOVING_BYTES", 50), ("MAX_FRAMES_SECONDS", -1)])
def test_large_or_slow_moving_image_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setattr(image_decoder, name, value)
    with pytest.raises(PixelsError) as raised:
        prepare(moving(), 40, square=False, moving=True)
    assert raised.value.outcome is Outcome.TOO_MUCH_MOTION


def test_many_frames_are_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_decoder, "MAX_ENCODED_PIXELS", 3 * 20 * 10)
    assert prepare(moving(), 40, square=False, moving=True).size == (20, 10)
