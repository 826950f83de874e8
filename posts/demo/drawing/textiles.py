"""Patterns that are woven, knitted, quilted or laid."""

from collections.abc import Sequence
from math import cos, pi
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, mixed, ring

EARTH = ("#8c2f26", "#d9902f", "#f0e2c4", "#2d4a53", "#5d2a42")
SEA = ("#12395b", "#2f7ea3", "#f2ede0", "#e6b34b", "#7fc0c5")


def weaving(
    dice: Random, colours: Sequence[str] = EARTH, *, size: tuple[int, int] = (1_080, 720)
) -> Image.Image:
    """Bands of stepped diamonds, each thread a small square."""
    thread = 12
    canvas = Canvas(size, colours[2])
    columns, rows = size[0] // thread + 1, size[1] // thread + 1
    top = 0
    while top < rows:
        band = dice.choice((3, 9, 13, 15))
        ground, figure, core = dice.sample(list(colours), 3)
        for row in range(band):
            for column in range(columns):
                away = abs(column % (band + 1) - (band + 1) // 2) + abs(row - band // 2)
                fill = core if away < band // 4 else figure if away <= band // 2 else ground
                left, high = column * thread, (top + row) * thread
                canvas.block((left, high, left + thread - 1, high + thread - 1.5), fill, 2)
        top += band
    return canvas.done()


def stripes(dice: Random, *, count: int = 120, size: tuple[int, int] = (420, 1_400)) -> Image.Image:
    """A long scarf: a row for each day, from cold blue over yellow to red and back to blue."""
    canvas = Canvas(size, "#e9e4d8")
    width, height = size
    left, right, tall = width * 0.16, width * 0.84, (height - 120) / count
    scale = ("#27408b", "#4f86c6", "#8fc1d4", "#f2e2a0", "#eaa24a", "#c8452f")
    for day in range(count):
        warm = (1 - cos(2 * pi * day / count)) / 2 * 5 + dice.gauss(0, 0.55)
        top = 60 + day * tall
        fill = scale[min(5, max(0, round(warm)))]
        canvas.block((left, top, right, top + tall - 1), fill)
    for end in (60, height - 60):
        for x in range(round(left) + 4, round(right), 12):
            out = 34 if end > 100 else -34
            canvas.line([(x, end), (x + dice.uniform(-3, 3), end + out)], scale[0], 3)
    return canvas.done()


def mosaic(
    dice: Random, colours: Sequence[str] = SEA, *, size: tuple[int, int] = (1_080, 720)
) -> Image.Image:
    """Twenty-four square tiles of quarter circles, turned this way and that, with pale joints."""
    canvas = Canvas(size, "#f6f3ea")
    side = size[0] / 6
    for row in range(4):
        for column in range(6):
            left, top = column * side + 3, row * side + 3
            right, bottom = left + side - 6, top + side - 6
            ground, arc, inner = dice.sample(list(colours), 3)
            canvas.block((left, top, right, bottom), ground)
            wide = right - left
            quarter = dice.randrange(4)
            x, y = (left, right)[quarter in (1, 2)], (top, bottom)[quarter > 1]
            for radius, fill in ((wide, arc), (wide * 0.62, inner), (wide * 0.3, ground)):
                box = (x - radius, y - radius, x + radius, y + radius)
                canvas.slice(box, quarter * 90, quarter * 90 + 90, fill)
    return canvas.done()


def quilt(
    dice: Random, colours: Sequence[str] = EARTH, *, size: tuple[int, int] = (1_080, 810)
) -> Image.Image:
    """Twelve eight-pointed stars of diamonds, four in a row, with stitches between them."""
    canvas = Canvas(size, "#efe6d2")
    side = size[0] / 4
    for row in range(3):
        for column in range(4):
            centre = ((column + 0.5) * side, (row + 0.5) * side)
            one, other, core = dice.sample([c for c in colours if c != "#f0e2c4"], 3)
            outer, inner = ring(centre, side * 0.44, 8), ring(centre, side * 0.22, 8, pi / 8)
            for point in range(8):
                fill = one if point % 2 else other
                canvas.polygon([centre, inner[point - 1], outer[point], inner[point]], fill)
            canvas.circle(centre, side * 0.06, core)
    for line in range(1, 4):
        for dash in range(0, size[0], 16):
            at = line * side
            canvas.line([(at, dash), (at, dash + 8)], "#b9a888", 2)
            canvas.line([(dash, at), (dash + 8, at)], "#b9a888", 2)
    return canvas.done()


def knitting(
    dice: Random,
    colours: tuple[str, str] = ("#f3efe4", "#274472"),
    *,
    size: tuple[int, int] = (900, 760),
) -> Image.Image:
    """A yoke in two colours, each stitch a small v."""
    canvas = Canvas(size, mixed(*colours, 0.12))
    wide, tall = 20, 17
    motif = _motif(dice)
    for row in range(-1, size[1] // tall + 2):
        for column in range(size[0] // wide + 1):
            shape = motif[row % len(motif)]
            colour = colours[shape[column % len(shape)]]
            x, y = column * wide + wide / 2, row * tall
            for way in (-1, 1):
                canvas.polygon(
                    [
                        (x, y + 8),
                        (x + way * wide * 0.46, y - 8),
                        (x + way * wide * 0.46, y + 6),
                        (x, y + 23),
                    ],
                    mixed(colour, "#000000", 0.06 if way > 0 else 0),
                )
    return canvas.done()


def _motif(dice: Random) -> list[list[int]]:
    """Rows of a pattern that is the same from left and from right, with plain rows between."""
    rows: list[list[int]] = []
    for _ in range(3):
        for _ in range(dice.choice((4, 6))):
            half = [int(dice.random() < 0.45) for _ in range(7)]
            rows.append([*half, *reversed(half[:-1])][:12])
        rows += [[0] * 12, [1] * 12, [0] * 12]
    return rows
