"""The size of a WebP image from its header. Source: RFC 9649, section 2.

No pixel is decoded.
"""

HEADER_BYTES = 30
LOSSLESS_SIGNATURE = 0x2F
ALPHA_FLAG = 0x10  # the only permitted feature of a still: not EXIF, XMP or ICC
ANIMATION_FLAG = 0x02
CHUNK_HEADER_BYTES = 8
FRAME_HEADER_BYTES = 16


def size(content: bytes, *, max_frames: int = 1) -> tuple[int, int]:
    """Return width and height in pixels of a WebP file without metadata.

    With `max_frames` above 1 it must be a moving one, of at most so many frames.

    Raises:
        ValueError: the content is no such file.
    """
    kind, first, data = content[8:12], content[12:16], content[20:30]
    declared = int.from_bytes(content[4:8], "little") + 8
    if content[:4] != b"RIFF" or kind != b"WEBP" or declared != len(content):
        raise ValueError("not a WebP file of its own length")
    if len(content) < HEADER_BYTES:
        raise ValueError("not a whole WebP header")
    if max_frames > 1:
        return _moving_size(content, max_frames)
    if first == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(data[n : n + 2], "little") & 0x3FFF for n in (6, 8))
        return width, height
    if first == b"VP8L" and data[0] == LOSSLESS_SIGNATURE:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if first == b"VP8X" and not data[0] & ~ALPHA_FLAG:
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (4, 7))
        return width, height
    raise ValueError("not a WebP file of a kind that is stored")


def _moving_size(content: bytes, max_frames: int) -> tuple[int, int]:
    """Return the size of the canvas, after a look at each chunk: ANIM, then frames within it."""
    (kind, head), *others = _chunks(content)
    if kind != b"VP8X" or head[0] & ~ALPHA_FLAG != ANIMATION_FLAG:
        raise ValueError("not a moving WebP file without metadata")
    if [kind for kind, _ in others] != [b"ANIM", *[b"ANMF"] * (len(others) - 1)]:
        raise ValueError("not a WebP file of frames alone")
    if not 1 <= len(others) - 1 <= max_frames:
        raise ValueError(f"not a WebP file of up to {max_frames} frames")
    width, height = _number(head, 4) + 1, _number(head, 7) + 1
    for _, frame in others[1:]:
        if len(frame) < FRAME_HEADER_BYTES:
            raise ValueError("not a whole WebP frame")
        right = 2 * _number(frame, 0) + _number(frame, 6) + 1
        bottom = 2 * _number(frame, 3) + _number(frame, 9) + 1
        if right > width or bottom > height:
            raise ValueError("a WebP frame beyond its canvas")
    return width, height


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 12
    while at < len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        begin = at + CHUNK_HEADER_BYTES
        at = begin + length + length % 2
        if at > len(content):
            raise ValueError("not a whole WebP chunk")
        found.append((content[begin - CHUNK_HEADER_BYTES : begin - 4], content[begin:at]))
    return found
