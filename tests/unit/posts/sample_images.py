"""Sample images, made in memory."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

RED, BLUE = (255, 0, 0), (0, 0, 255)
UPRIGHT_IS_LEFT = 6  # EXIF: the top of the scene is at the left of the file


def half_and_half(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Return an image that is red above and blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, *size))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> BytesIO:
    content = BytesIO()
    image.save(content, kind, **options)
    content.seek(0)
    return content


def png(width: int, height: int, rows: bytes = b"", bits: int = 8, colour: int = 2) -> BytesIO:
    """Return a PNG whose header has this size and whose compressed rows are `rows`."""
    header = struct.pack(">2I5B", width, height, bits, colour, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def zeros(count: int, level: int = 9) -> bytes:
    """Return `count` zero bytes, compressed piece by piece to save memory."""
    packer = zlib.compressobj(level)
    piece = bytes(1_000_000)
    packed = [packer.compress(piece) for _ in range(count // len(piece))]
    return b"".join([*packed, packer.compress(bytes(count % len(piece))), packer.flush()])


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def photograph() -> BytesIO:
    """Return a JPEG like that of a phone: rotated by EXIF, with the position in it."""
    exif = Image.Exif()
    exif[0x0112] = UPRIGHT_IS_LEFT
    exif[0x010F] = "A telephone"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    lying = half_and_half((1_000, 2_000)).transpose(Image.Transpose.ROTATE_90)
    return encoded(lying, exif=exif, comment=b"not for others")


def upload(content: BytesIO | bytes | None = None, name: str = "a.png") -> SimpleUploadedFile:
    """Return an uploaded file; without content, a small image."""
    if content is None:
        content = encoded(half_and_half((20, 10)), "PNG")
    data = content if isinstance(content, bytes) else content.getvalue()
    return SimpleUploadedFile(name, data, "application/octet-stream")


def stored() -> set[str]:
    """Return the files in MEDIA_ROOT by their names in the database."""
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
