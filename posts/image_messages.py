"""The messages between the web process and the process that decodes images.

Length-prefixed binary messages over one socket. No part of them is executed or unpickled.
"""

import struct
from enum import IntEnum

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_SIDE_PIXELS = 16_383  # of WebP
MAX_MEGAPIXELS = 40
# CPU seconds for one image; then the process ends. Its parent waits the same time.
MAX_DECODE_SECONDS = 10

# Length of the file in bytes, longest side of the result in pixels, whether to crop to a square.
REQUEST = struct.Struct(">IH?")
# An `Outcome`, length of the WebP file in bytes, width and height in pixels.
ANSWER = struct.Struct(">BIII")


class Outcome(IntEnum):
    """How decoding ended. Only `PREPARED` is followed by a file."""

    PREPARED = 0
    UNREADABLE = 1
    TOO_LONG_SIDE = 2
    TOO_MANY_PIXELS = 3
    OUT_OF_MEMORY = 4
