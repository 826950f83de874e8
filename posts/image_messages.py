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

# A moving image has up to so many frames, and so many megapixels in all of them.
MAX_FRAMES = 300
MAX_MOVING_MEGAPIXELS = 100

# Length of the file in bytes, longest side of the result in pixels, whether to crop to a square,
# whether a moving image stays one.
REQUEST = struct.Struct(">IH??")
# An `Outcome`, length of the WebP file in bytes, width and height in pixels, length of a second
# WebP file: the first frame of a moving image.
ANSWER = struct.Struct(">BIIII")


class Outcome(IntEnum):
    """How decoding ended. Only `PREPARED` is followed by files."""

    PREPARED = 0
    UNREADABLE = 1
    TOO_LONG_SIDE = 2
    TOO_MANY_PIXELS = 3
    OUT_OF_MEMORY = 4
    TOO_MUCH_MOTION = 5
