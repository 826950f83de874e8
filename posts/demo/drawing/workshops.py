"""Things that are made, mended or grown."""

from math import cos, pi, sin
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, Point, mixed, ring


def wheel(dice: Random, *, size: tuple[int, int] = (960, 960)) -> Image.Image:
    """A bicycle wheel from the side, its spokes crossing, one of them red."""
    canvas = Canvas(size, "#e7e1d3")
    side = size[0]
    centre = (side / 2, side / 2)
    canvas.shade("#efeadd", "#d9d1be")
    canvas.hoop(centre, side * 0.44, "#22262a", 34)
    canvas.hoop(centre, side * 0.4, "#a9b0b4", 14)
    spokes = 32
    red = dice.randrange(spokes)
    for spoke in range(spokes):
        rim = 2 * pi * spoke / spokes
        hub = rim + (0.9 if spoke % 2 else -0.9)
        ends = [
            (centre[0] + side * 0.045 * cos(hub), centre[1] + side * 0.045 * sin(hub)),
            (centre[0] + side * 0.388 * cos(rim), centre[1] + side * 0.388 * sin(rim)),
        ]
        canvas.line(ends, "#b3253f" if spoke == red else "#79828a", 4 if spoke == red else 2)
    canvas.circle(centre, side * 0.06, "#4b5358")
    canvas.circle(centre, side * 0.035, "#c9cfd2")
    canvas.circle(centre, side * 0.012, "#22262a")
    return canvas.done()


def comb(dice: Random, *, size: tuple[int, int] = (1_080, 720)) -> Image.Image:
    """Honeycomb from close by: some cells open, some full and dark, most of them capped."""
    canvas = Canvas(size, "#6b3f12")
    width, height = size
    radius = 46
    rows, columns = round(height / (radius * 1.5)) + 2, round(width / (radius * 1.73)) + 2
    for row in range(rows):
        for column in range(columns):
            x = column * radius * 1.732 + (radius * 0.866 if row % 2 else 0)
            y = row * radius * 1.5
            capped = dice.random() < 0.85 - 0.7 * abs(x / width - 0.5)
            wall, fill = (
                "#e2a83b",
                "#f0c76a" if capped else dice.choice(("#b5670f", "#8a4a0b", "#c97a14")),
            )
            canvas.polygon(ring((x, y), radius - 1, 6, pi / 6), wall)
            canvas.polygon(ring((x, y), radius - 7, 6, pi / 6), fill)
            shine = mixed("#ffffff", fill, 0.45)
            canvas.ellipse((x - 20, y - 22, x - 2, y - 10), shine)
    return canvas.done()


def seedling(
    dice: Random, *, size: tuple[int, int] = (600, 900), pot: str = "#b4613d"
) -> Image.Image:
    """A young plant in a clay pot on a window sill, each twig forking into smaller ones."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#dbe9ee", "#f6f3e6")
    canvas.line([(width * 0.5, 0), (width * 0.5, height * 0.86)], "#c3d2d6", 10)
    canvas.line([(0, height * 0.34), (width, height * 0.34)], "#c3d2d6", 10)
    foot = (width / 2, height * 0.68)
    _twig(dice, canvas, foot, -pi / 2, height * 0.145, 6)
    canvas.block((0, height * 0.86, width, height), "#e8dcc2")
    canvas.polygon(
        [
            (width * 0.33, height * 0.68),
            (width * 0.67, height * 0.68),
            (width * 0.61, height * 0.88),
            (width * 0.39, height * 0.88),
        ],
        pot,
    )
    canvas.block(
        (width * 0.3, height * 0.66, width * 0.7, height * 0.71), mixed(pot, "#ffffff", 0.15), 5
    )
    return canvas.done()


def _twig(dice: Random, canvas: Canvas, foot: Point, angle: float, long: float, left: int) -> None:
    tip = (foot[0] + long * cos(angle), foot[1] + long * sin(angle))
    canvas.line([foot, tip], "#4f7a3f", 1 + left * 1.3)
    if left == 0:
        canvas.circle(tip, dice.uniform(5, 11), dice.choice(("#5d9a4a", "#79b35a", "#447d3d")))
        return
    for turn in (-1, 1):
        aside = angle + turn * dice.uniform(0.25, 0.6)
        _twig(dice, canvas, tip, aside, long * dice.uniform(0.68, 0.84), left - 1)


def glazes(dice: Random, *, size: tuple[int, int] = (1_080, 640)) -> Image.Image:
    """Test tiles in rows on a grey board, from pale green to deep blue, each with its number."""
    canvas = Canvas(size, "#8c8b86")
    width, height = size
    columns, rows = 8, 3
    wide, tall = (width - 60) / columns, (height - 50) / rows
    for place in range(columns * rows):
        column, row = place % columns, place // columns
        left, top = 34 + column * wide, 30 + row * tall
        base = mixed(
            "#bcd3b0", "#16406b", (column + dice.uniform(-0.4, 0.4)) / columns * 0.9 + 0.05
        )
        canvas.block((left + 5, top + 7, left + wide - 9, top + tall - 12), "#6d6c68", 9)
        canvas.block((left, top, left + wide - 14, top + tall - 20), "#d9c3a5", 9)
        drip = top + (tall - 20) * (0.62 + 0.1 * row)
        canvas.block((left, top, left + wide - 14, drip), base, 9)
        for x in range(3):
            run = left + (wide - 14) * (x + 0.5) / 3
            canvas.ellipse((run - 14, drip - 22, run + 14, drip + dice.uniform(4, 22)), base)
        pale = "#{:02x}{:02x}{:02x}".format(*base)
        for _ in range(9):
            at = (dice.uniform(left + 8, left + wide - 24), dice.uniform(top + 8, drip - 10))
            canvas.circle(at, dice.uniform(1, 4), mixed(pale, "#ffffff", 0.4))
        canvas.words(
            (left + (wide - 14) / 2, top + tall - 30), str(place + 1), 20, "#4a3f33", anchor="mm"
        )
    return canvas.done()


def spoons(dice: Random, *, size: tuple[int, int] = (1_080, 600)) -> Image.Image:
    """Carved spoons side by side, no two of one length, on a cloth of dark blue."""
    canvas = Canvas(size, "#2b3d4f")
    width, height = size
    for line in range(0, height, 9):
        canvas.line([(0, line), (width, line)], "#304457", 2)
    woods = ("#c99a62", "#e0bd8b", "#8f5f38", "#b67f4a", "#d9b27a", "#6f4a2f")
    count = 7
    for place in range(count):
        x, wood = width * (place + 0.5) / count, woods[place % len(woods)]
        top, long = height * dice.uniform(0.1, 0.22), height * dice.uniform(0.5, 0.68)
        wide, deep = dice.uniform(30, 44), dice.uniform(58, 80)
        canvas.polygon(
            [(x - 7, top + deep), (x + 7, top + deep), (x + 11, top + long), (x - 11, top + long)],
            wood,
        )
        canvas.circle((x, top + long), 11, wood)
        canvas.ellipse((x - wide, top - deep * 0.6, x + wide, top + deep * 1.3), wood)
        canvas.ellipse(
            (x - wide * 0.74, top - deep * 0.42, x + wide * 0.74, top + deep * 1.05),
            mixed(wood, "#2a1a10", 0.22),
        )
        for ring_line in range(3):
            y = top + long * (0.5 + 0.12 * ring_line)
            canvas.line([(x - 6, y), (x + 6, y + 3)], mixed(wood, "#2a1a10", 0.3), 1)
    return canvas.done()
