"""Charts of numbers that are given, with axes that start at zero."""

from collections.abc import Sequence
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, mixed

PAPER, INK, SOFT, RULE = "#fbfaf5", "#22302b", "#6c7a73", "#dfe4dc"


def bars(
    dice: Random,
    title: str,
    values: dict[str, float],
    *,
    colour: str = "#2f7d63",
    marked: str = "",
    size: tuple[int, int] = (1_080, 680),
) -> Image.Image:
    """A column for each value, written above it; one of them in another colour."""
    canvas = Canvas(size, PAPER)
    width, height = size
    canvas.words((56, 44), title, 34, INK)
    low, high, most = height - 96, 150, max(values.values())
    canvas.line([(56, low), (width - 56, low)], SOFT, 2)
    step = (width - 112) / len(values)
    for place, (name, value) in enumerate(values.items()):
        middle = 56 + step * (place + 0.5)
        top = low - (low - high) * value / most
        fill = "#d98324" if name == marked else colour
        canvas.block((middle - step * 0.34, top, middle + step * 0.34, low), fill, 4)
        canvas.words((middle, top - 12), f"{value:g}", 26, INK, anchor="ms")
        canvas.words((middle, low + 40), name, 26, SOFT, anchor="ms")
    return canvas.done()


def curves(
    dice: Random,
    title: str,
    lines: dict[str, Sequence[float]],
    *,
    ticks: Sequence[str],
    size: tuple[int, int] = (1_080, 680),
) -> Image.Image:
    """A line for each series, with its name at its end."""
    canvas = Canvas(size, PAPER)
    width, height = size
    canvas.words((56, 44), title, 34, INK)
    left, right, low, high = 110, width - 210, height - 96, 140
    most = max(max(values) for values in lines.values())
    for part in range(5):
        y = low - (low - high) * part / 4
        canvas.line([(left, y), (right, y)], RULE, 2)
        canvas.words((left - 16, y), f"{most * part / 4:g}", 24, SOFT, anchor="rm")
    for place, tick in enumerate(ticks):
        x = left + (right - left) * place / (len(ticks) - 1)
        canvas.words((x, low + 42), tick, 24, SOFT, anchor="ms")
    colours = ("#2f7d63", "#d98324", "#5a5fa8")
    for colour, (name, values) in zip(colours, lines.items(), strict=False):
        step = (right - left) / (len(values) - 1)
        points = [
            (left + step * place, low - (low - high) * value / most)
            for place, value in enumerate(values)
        ]
        canvas.line(points, colour, 5)
        canvas.circles(points, 7, colour)
        canvas.words((right + 18, points[-1][1]), name, 26, colour, anchor="lm")
    return canvas.done()


def calendar(
    dice: Random,
    title: str,
    *,
    weeks: int = 52,
    busy: float = 0.55,
    size: tuple[int, int] = (1_200, 300),
) -> Image.Image:
    """A square for each day of a year, a column for each week: the darker, the more."""
    canvas = Canvas(size, PAPER)
    canvas.words((40, 26), title, 26, INK)
    cell = (size[0] - 80) / weeks
    level = busy
    for week in range(weeks):
        level = min(1, max(0.1, level + dice.uniform(-0.18, 0.18)))
        for day in range(7):
            rest = 0.35 if day > 4 else 1
            share = min(1, dice.random() * level * rest * 1.5) if dice.random() < 0.85 else 0
            left, top = 40 + week * cell, 78 + day * (cell + 6)
            fill = mixed("#e6ebe3", "#1f6b52", round(share * 4) / 4)
            canvas.block((left, top, left + cell - 4, top + cell), fill, 3)
    return canvas.done()


def dots(
    dice: Random,
    title: str,
    *,
    across: str,
    up: str,
    size: tuple[int, int] = (1_080, 760),
) -> Image.Image:
    """A cloud of dots that rises to the right, with a line through it and one dot far off."""
    canvas = Canvas(size, PAPER)
    width, height = size
    canvas.words((56, 44), title, 32, INK)
    left, right, low, high = 96, width - 56, height - 110, 130
    canvas.line([(left, high), (left, low), (right, low)], SOFT, 2)
    canvas.words(((left + right) / 2, low + 58), across, 26, SOFT, anchor="ms")
    canvas.words((left, high - 18), up, 26, SOFT, anchor="ls")
    canvas.line([(left + 20, low - 60), (right - 20, high + 90)], "#d98324", 4)
    for _ in range(70):
        share = dice.random()
        x = left + 20 + (right - left - 40) * share
        y = low - 60 - (low - high - 150) * share + dice.gauss(0, 38)
        canvas.circle((x, min(low - 12, y)), 9, "#5a5fa8")
    canvas.circle((left + 130, high + 70), 9, "#b3253f")
    return canvas.done()
