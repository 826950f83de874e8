"""Maps and plans."""

from collections.abc import Sequence
from math import cos, pi, sin
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, Point, mixed, ring


def contours(
    dice: Random, *, stops: Sequence[str] = (), size: tuple[int, int] = (1_080, 810)
) -> Image.Image:
    """Two hills as lines of equal height, a river, and a dashed way with places to rest."""
    canvas = Canvas(size, "#f1efe2")
    width, height = size
    river = [(width * (0.16 + 0.1 * sin(y / 140)), float(y)) for y in range(0, height + 20, 20)]
    for peak in ((0.4, 0.4), (0.78, 0.62)):
        bumps = [(dice.uniform(0, 2 * pi), dice.uniform(0.03, 0.12)) for _ in range(4)]
        for level in range(11, 0, -1):
            outline = _blob((peak[0] * width, peak[1] * height), level * 30, bumps)
            fill = mixed("#dfe6c5", "#c5b48a", (11 - level) / 11)
            canvas.polygon(outline, mixed("#a58d5f", "#8f774c", level / 11))
            canvas.polygon(_blob((peak[0] * width, peak[1] * height), level * 30 - 2, bumps), fill)
    canvas.line(river, "#7fb0c9", 12)
    way = _way(dice, width, height, max(2, len(stops)))
    canvas.line(way, "#f1efe2", 9)
    for start in range(0, len(way) - 3, 5):
        canvas.line(way[start : start + 4], "#b3253f", 5)
    for place, stop in enumerate(stops):
        x, y = way[round(place * (len(way) - 1) / max(1, len(stops) - 1))]
        canvas.circle((x, y), 12, "#b3253f")
        canvas.circle((x, y), 6, "#ffffff")
        anchor, side = ("rs", -16) if x > width * 0.75 else ("ls", 16)
        canvas.words((x + side, y - 16), stop, 28, "#2b2a22", anchor=anchor)
    return canvas.done()


def _blob(centre: Point, radius: float, bumps: list[tuple[float, float]]) -> list[Point]:
    x, y = centre
    points = []
    for step in range(90):
        angle = 2 * pi * step / 90
        stretch = 1 + sum(
            deep * sin(angle * (n + 2) + turn) for n, (turn, deep) in enumerate(bumps)
        )
        points.append((x + radius * 1.25 * stretch * cos(angle), y + radius * stretch * sin(angle)))
    return points


def _way(dice: Random, width: int, height: int, stops: int) -> list[Point]:
    start, end = (width * 0.1, height * 0.84), (width * 0.88, height * 0.2)
    turns = [dice.uniform(0.6, 1.4) for _ in range(3)]
    points = []
    for step in range(121):
        share = step / 120
        swing = 70 * sin(share * pi * 2.2 * turns[0]) + 40 * sin(share * pi * 5 * turns[1])
        swing *= sin(pi * share)
        points.append(
            (
                start[0] + (end[0] - start[0]) * share + swing * 0.5,
                start[1] + (end[1] - start[1]) * share + swing,
            )
        )
    return points


def beds(
    dice: Random, names: Sequence[str], *, size: tuple[int, int] = (1_080, 760)
) -> Image.Image:
    """A garden from above: a bed for each name, its plants in rows, a path and a water butt."""
    canvas = Canvas(size, "#dfe3cf")
    width, height = size
    columns = (len(names) + 1) // 2
    wide, tall = (width - 60) / columns, (height - 120) / 2
    canvas.block((30, height / 2 - 26, width - 30, height / 2 + 26), "#cdb995", 20)
    greens = ("#4e8a4b", "#7aa653", "#2f6b4f", "#a3b84e", "#c46a4a", "#8a5f8f")
    for place, name in enumerate(names):
        column, row = place % columns, place // columns
        left, top = 42 + column * wide, 34 + row * (tall + 52)
        canvas.block((left, top, left + wide - 24, top + tall), "#7b5a3e", 14)
        green = greens[place % len(greens)]
        gap = dice.choice((34, 42, 50))
        y = top + 66
        while y < top + tall - gap * 0.5:
            x = left + gap * 0.7
            while x < left + wide - 24 - gap * 0.5:
                canvas.polygon(ring((x, y), gap * 0.36, 7, dice.random()), green)
                canvas.circle((x, y), gap * 0.1, mixed(green, "#ffffff", 0.35))
                x += gap
            y += gap
        canvas.words((left + 20, top + 38), name, 26, "#fdf6e6", anchor="ls")
    canvas.circle((width - 62, height / 2), 34, "#4d7f9a")
    canvas.hoop((width - 62, height / 2), 34, "#2f3c42", 5)
    return canvas.done()
