"""The size of a WebP image from its header. Source: RFC 9649, section 2.

No pixel is decoded.
"""

HEADER_BYTES = 30
LOSSLESS_SIGNATURE = 0x2F
ALPHA_FLAG = 0x10  # the only permitted feature: not animation, EXIF, XMP or ICC


def size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a still WebP file without metadata.

    Raises:
        ValueError: the content is no such file.
    """
    kind, first, data = content[8:12], content[12:16], content[20:30]
    declared = int.from_bytes(content[4:8], "little") + 8
    if content[:4] != b"RIFF" or kind != b"WEBP" or declared != len(content):
        raise ValueError("not a WebP file of its own length")
    if len(content) < HEADER_BYTES:
        raise ValueError("not a whole WebP header")
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
