"""Houses, doors and windows."""

from math import pi
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, mixed, ring


def windows(dice: Random, *, size: tuple[int, int] = (720, 1_080)) -> Image.Image:
    """A tall house front at night; a few windows are lit, and in one of them stands a plant."""
    canvas = Canvas(size, "#1c2233")
    width, height = size
    canvas.shade("#232a40", "#171c2b")
    columns, rows = 5, 9
    wide, tall = width / columns, height / rows
    lit = set(dice.sample(range(columns * rows), 11))
    plant = min(lit)
    for place in range(columns * rows):
        left, top = place % columns * wide + 26, place // columns * tall + 18
        right, bottom = left + wide - 52, top + tall - 40
        warm = dice.choice(("#f3c15f", "#ffdf9a", "#e8a04a", "#bcd3e6"))
        canvas.block((left - 5, top - 5, right + 5, bottom + 5), "#0f1420", 3)
        canvas.block((left, top, right, bottom), warm if place in lit else "#2a3248")
        if place == plant:
            middle = (left + right) / 2
            for leaf in (-18, -8, 0, 8, 18):
                canvas.line([(middle, bottom - 12), (middle + leaf, bottom - 48)], "#2b4a30", 5)
            canvas.block((middle - 13, bottom - 16, middle + 13, bottom), "#8a4b34")
        canvas.line([((left + right) / 2, top), ((left + right) / 2, bottom)], "#0f1420", 4)
        canvas.block((left - 9, bottom + 5, right + 9, bottom + 12), "#39425c")
    return canvas.done()


def door(dice: Random, *, size: tuple[int, int] = (780, 1_080)) -> Image.Image:
    """An old blue door under a pointed arch, with rows of nails, in a wall of pale stone."""
    canvas = Canvas(size, "#d9c7a5")
    width, height = size
    _stones(dice, canvas)
    middle, foot = width / 2, height * 0.95
    for reach, fill in ((276, "#a98f63"), (246, "#efe4cb"), (216, "#1d5f80")):
        top = height * 0.36
        canvas.block((middle - reach, top, middle + reach, foot), fill)
        arch = [(middle - reach, top)]
        for step in range(21):
            share = step / 20
            arch.append((middle - reach * (1 - share) ** 0.72, top - reach * 1.15 * share**0.72))
        arch += [(2 * middle - x, y) for x, y in reversed(arch)]
        canvas.polygon(arch, fill)
    _panels(canvas, middle, height * 0.36, foot)
    canvas.block((0, foot, width, height), "#8d7b5d")
    return canvas.done()


def _stones(dice: Random, canvas: Canvas) -> None:
    tall = canvas.height / 14
    for row in range(14):
        x, top = -dice.uniform(0, 120), row * tall
        while x < canvas.width:
            long = dice.uniform(90, 170)
            fill = mixed("#cdb78e", "#e9dcc0", dice.random())
            canvas.block((x + 2, top + 2, x + long - 2, top + tall - 2), fill, 5)
            x += long


def _panels(canvas: Canvas, middle: float, top: float, foot: float) -> None:
    star = (middle, top - 70)
    canvas.polygon(ring(star, 78, 8, pi / 8), "#174b66")
    for turn in (0, pi / 4):
        canvas.polygon(ring(star, 62, 4, turn), "#d8b25a")
    canvas.circle(star, 24, "#1d5f80")
    canvas.line([(middle, top), (middle, foot)], "#0f3b52", 6)
    rows = 7
    for row in range(rows):
        y = top + 40 + row * (foot - top - 70) / (rows - 1)
        canvas.line([(middle - 210, y + 36), (middle + 210, y + 36)], "#174b66", 3)
        for nail in range(-5, 6):
            if nail:
                canvas.circle((middle + nail * 38, y), 8, "#0f3b52")
                canvas.circle((middle + nail * 38 - 2, y - 2), 4, "#d8b25a")
    canvas.hoop((middle + 44, (top + foot) / 2 + 18), 24, "#d8b25a", 6)
    canvas.hoop((middle - 44, (top + foot) / 2 + 18), 24, "#d8b25a", 6)


def roofs(dice: Random, *, size: tuple[int, int] = (1_440, 420)) -> Image.Image:
    """A long row of narrow houses, each with its own gable and colour, and their feet in water."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#bcd4e2", "#f5efe0")
    quay = height * 0.72
    colours = ("#9c4a3a", "#c98b4b", "#4f6d7a", "#d8c9a8", "#6b4a4a", "#7d8f6a", "#b8735a")
    x = -10.0
    while x < width:
        wide, high = dice.uniform(70, 108), dice.uniform(150, 220)
        colour, top = dice.choice(colours), quay - high
        right, middle = x + wide, x + wide / 2
        canvas.block((x, top, right, quay), colour)
        gable = dice.choice(("point", "steps", "bell"))
        if gable == "point":
            canvas.polygon([(x, top), (middle, top - 54), (right, top)], colour)
        elif gable == "steps":
            for step in range(4):
                inset = wide * 0.11 * (step + 1)
                canvas.block((x + inset, top - 14 * (step + 1), right - inset, top), colour)
        else:
            canvas.slice((x, top - 46, right, top + 46), 180, 360, colour)
        for row in range(3):
            for column in range(3):
                left, y = x + wide * (0.14 + 0.27 * column), top + 20 + row * 46
                fill = dice.choice(("#f6e6b4", "#2b3338", "#2b3338"))
                canvas.block((left - 2, y - 2, left + wide * 0.18 + 2, y + 30), "#f4efe2")
                canvas.block((left, y, left + wide * 0.18, y + 28), fill)
        x = right
    canvas.block((0, quay - 6, width, quay + 10), "#5f574c")
    canvas.mirror(quay + 10, "#3f5b66", 0.45)
    return canvas.done()
