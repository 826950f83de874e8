"""What the header of a WebP file says. Source: RFC 9649, section 2.

Only as much is read as tells the size; nothing is decoded.
"""

ALPHA_FLAG = 0x10  # the one feature that our images may have; not animation, EXIF, XMP or ICC


def size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a still WebP file without metadata.

    Raises:
        ValueError: it is no such file.
    """
    kind, first, data = content[8:12], content[12:16], content[20:30]
    declared = int.from_bytes(content[4:8], "little") + 8
    if content[:4] != b"RIFF" or kind != b"WEBP" or declared != len(content) or len(data) < 10:
        raise ValueError("not a WebP file of its own length")
    if first == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if first == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if first == b"VP8X" and not data[0] & ~ALPHA_FLAG:
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (4, 7))
        return width, height
    raise ValueError("not a WebP file of a kind that is stored")
