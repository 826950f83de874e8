"""What the drawings are drawn on."""

from collections.abc import Iterable, Sequence
from math import cos, pi, sin

from PIL import Image, ImageColor, ImageDraw, ImageFont, ImageOps

Colour = str | tuple[int, ...]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

FINER = 2


def mixed(one: str, other: str, share: float) -> tuple[int, ...]:
    """A colour between the two: `share` is how much of the other."""
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return tuple(round(a + (b - a) * share) for a, b in pairs)


def ring(centre: Point, radius: float, corners: int, turn: float = 0) -> list[Point]:
    """The corners of a regular polygon, from the right and clockwise."""
    x, y = centre
    angles = [2 * pi * corner / corners + turn for corner in range(corners)]
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]


class Canvas:
    """A sheet, drawn on at twice its size, so that the edges are smooth once it is done."""

    def __init__(self, size: tuple[int, int], ground: Colour = "#ffffff") -> None:
        self.width, self.height = size
        self._image = Image.new("RGB", (self.width * FINER, self.height * FINER), ground)
        self._draw = ImageDraw.Draw(self._image)

    def done(self) -> Image.Image:
        return self._image.reduce(FINER)

    def polygon(self, points: Iterable[Point], fill: Colour) -> None:
        self._draw.polygon(_finer(points), fill=fill)

    def line(self, points: Iterable[Point], fill: Colour, width: float = 1) -> None:
        self._draw.line(_finer(points), fill=fill, width=round(width * FINER), joint="curve")

    def circle(self, centre: Point, radius: float, fill: Colour) -> None:
        x, y = centre
        self.ellipse((x - radius, y - radius, x + radius, y + radius), fill)

    def circles(self, centres: Iterable[Point], radius: float, fill: Colour) -> None:
        for centre in centres:
            self.circle(centre, radius, fill)

    def hoop(self, centre: Point, radius: float, colour: Colour, width: float = 1) -> None:
        """A circle's line, inside the radius."""
        x, y = centre
        box = _finer_box((x - radius, y - radius, x + radius, y + radius))
        self._draw.ellipse(box, outline=colour, width=round(width * FINER))

    def ellipse(self, box: Box, fill: Colour) -> None:
        self._draw.ellipse(_finer_box(box), fill=fill)

    def slice(self, box: Box, start: float, end: float, fill: Colour) -> None:
        """A piece of the ellipse in the box; degrees, from the right and clockwise."""
        self._draw.pieslice(_finer_box(box), start, end, fill=fill)

    def arc(self, box: Box, start: float, end: float, colour: Colour, width: float = 1) -> None:
        self._draw.arc(_finer_box(box), start, end, fill=colour, width=round(width * FINER))

    def block(self, box: Box, fill: Colour, rounded: float = 0) -> None:
        left, top, right, bottom = _finer_box(box)
        if right > left and bottom > top:
            self._draw.rounded_rectangle(
                (left, top, right - 1, bottom - 1), rounded * FINER, fill=fill
            )

    def words(self, at: Point, text: str, size: float, fill: Colour, *, anchor: str = "la") -> None:
        """In the typeface that comes with Pillow: no machine need have any."""
        font = ImageFont.load_default(size * FINER)
        (x, y), *_ = _finer([at])
        self._draw.text((x, y), text, fill=fill, font=font, anchor=anchor)

    def shade(self, top: str, bottom: str, box: Box | None = None) -> None:
        """From one colour above to another one below."""
        left, high, right, low = _finer_box(box or (0, 0, self.width, self.height))
        grey = Image.linear_gradient("L").resize((1, low - high)).resize((right - left, low - high))
        self._image.paste(ImageOps.colorize(grey, top, bottom), (left, high))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 1) -> None:
        """Light that grows weaker outwards."""
        x, y = centre
        left, top, right, bottom = _finer_box((x - radius, y - radius, x + radius, y + radius))
        light = Image.radial_gradient("L").resize((right - left, bottom - top))
        # The gradient reaches white at the corners of its square, and must be over at the sides.
        light = light.point(
            [round(max(0, 1 - dark / 181) ** 2 * 255 * strength) for dark in range(256)]
        )
        self._image.paste(colour, (left, top), light)

    def mirror(self, line: float, tint: str, strength: float) -> None:
        """What is above this line again below it, as in still water."""
        low = round(line * FINER)
        depth = self._image.height - low
        above = ImageOps.flip(self._image.crop((0, max(0, low - depth), self._image.width, low)))
        water = Image.new("RGB", above.size, tint)
        self._image.paste(Image.blend(above, water, strength), (0, low))


def _finer(points: Iterable[Point]) -> list[Point]:
    return [(x * FINER, y * FINER) for x, y in points]


def _finer_box(box: Sequence[float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(side * FINER) for side in box)
    return left, top, right, bottom
