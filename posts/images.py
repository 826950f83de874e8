"""Pictures that people upload: checked, turned upright, shrunk, and written anew.

What is kept is made from the pixels alone, so nothing else of the file is ever stored or sent:
no position, no camera, no preview of what was cut off, nothing hidden behind the image.
"""

import secrets
import threading
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import structlog
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

if TYPE_CHECKING:
    AnyContentFile = ContentFile[bytes]
else:  # generic for the type checker only
    AnyContentFile = ContentFile

log = structlog.stdlib.get_logger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
MOST_MEGABYTES = 8
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
MOST_MEGAPIXELS = 40
POST_SIDE = 1_600
PERSON_SIDE = 256
QUALITY = 82

# The limit is our own, below; Pillow's would warn on standard error first.
Image.MAX_IMAGE_PIXELS = None
# The largest picture takes some 600 MB for two seconds; a few at once must not take the machine.
_one_at_a_time = threading.Semaphore(1)


class RefusedError(Exception):
    """A file that is not taken. `str()` tells the person why, and what is."""


class Picture(AnyContentFile):
    """A picture ready to be stored, under a name that nobody can guess."""

    def __init__(self, content: bytes, size: tuple[int, int]) -> None:
        super().__init__(content, name=f"{secrets.token_hex(16)}.webp")
        self.width, self.height = size


def for_post(file: IO[bytes]) -> Picture:
    """The picture as a post shows it. Raise `RefusedError` if it is none that is taken."""
    return _prepare(file, POST_SIDE)


def for_person(file: IO[bytes]) -> Picture:
    """The middle of the picture, as a small square. Raise `RefusedError` likewise."""
    return _prepare(file, PERSON_SIDE, square=True)


def check_size(count: int) -> None:
    """Raise `RefusedError` if a file of so many bytes is too large."""
    if count > MOST_BYTES:
        raise RefusedError(
            _("That file has %(size)s MB; up to %(most)s MB are taken.")
            % {"size": f"{count / 1024 / 1024:.1f}", "most": MOST_MEGABYTES}
        )


def _prepare(file: IO[bytes], side: int, *, square: bool = False) -> Picture:
    try:
        with _one_at_a_time, Image.open(file, formats=FORMATS) as image:
            _check_pixels(image)
            return _encode(_square(image, side) if square else _shrunk(image, side))
    except RefusedError:
        raise
    except Exception as error:  # decoders raise whatever a strange file makes them
        log.info("image refused", error=repr(error))
        raise RefusedError(
            _("That file can\u2019t be read as an image. JPEG, PNG, WebP and GIF are taken.")
        ) from error


def _check_pixels(image: Image.Image) -> None:
    """From what the file says of itself, before anything of it is unpacked."""
    if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
        raise RefusedError(
            _("That image has %(width)s by %(height)s pixels; up to %(most)s megapixels are taken.")
            % {"width": image.width, "height": image.height, "most": MOST_MEGAPIXELS}
        )


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """No side longer than this, upright, in the colours of the web."""
    image.draft("RGB", (side, side))  # a large JPEG need not be unpacked in full
    profile: bytes | None = image.info.get("icc_profile")
    upright = _plain(image)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(upright, in_place=True)
    return _in_srgb(upright, profile) if profile else upright


def _square(image: Image.Image, side: int) -> Image.Image:
    # First so that its shorter side still is long enough, whatever the shape.
    longest = side * max(image.size) // max(1, min(image.size)) + 1
    shrunk = _shrunk(image, longest)
    return ImageOps.fit(shrunk, (side, side), Image.Resampling.LANCZOS)


def _plain(image: Image.Image) -> Image.Image:
    """Red, green and blue; with transparency if the image has any."""
    if image.mode.startswith("I;16"):  # 16 bits a dot, of which the upper 8 are seen
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)  # a copy is a large one


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The same to the eye without its profile, which many cameras' colours need."""
    try:
        colours = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted: Any = ImageCms.profileToProfile(
            image, colours, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken one, or one of CMYK
        return image
    return image if converted is None else converted


def _encode(image: Image.Image) -> Picture:
    content = BytesIO()
    image.save(content, "WEBP", quality=QUALITY, method=4)
    return Picture(content.getvalue(), image.size)
