"""Skies at night, and what falls from them."""

from math import cos, pi, sin
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, Point, mixed

TALL = (720, 1_080)


def trails(dice: Random, *, size: tuple[int, int] = TALL) -> Image.Image:
    """Stars that a long exposure has drawn into arcs around the pole, over a dark hill."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#050a1f", "#2b4270")
    x, y = width * 0.58, height * 0.36
    for _ in range(260):
        radius = dice.uniform(8, height * 0.95)
        start = dice.uniform(0, 360)
        colour = mixed("#3a4d80", dice.choice(("#ffffff", "#cfe0ff", "#ffe3bd")), dice.random())
        box = (x - radius, y - radius, x + radius, y + radius)
        canvas.arc(box, start, start + 32, colour, dice.choice((1, 1, 1.5)))
    canvas.circle((x, y), 2, "#ffffff")
    _hill(dice, canvas, height * 0.86, "#03060f")
    return canvas.done()


def aurora(dice: Random, *, size: tuple[int, int] = (1_080, 720)) -> Image.Image:
    """Green curtains of light over a row of firs."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#060b1c", "#15314a")
    _stars(dice, canvas, 130, height * 0.8)
    for band in range(3):
        phase, base = dice.uniform(0, 2 * pi), height * (0.5 + 0.1 * band)
        for x in range(-40, width + 40, 4):
            wave = sin(x / 130 + phase) + 0.5 * sin(x / 47 + 2 * phase)
            low = base + 46 * wave
            tall = height * (0.24 + 0.1 * sin(x / 61 + phase)) * (1 - 0.2 * band)
            colour = mixed("#1d6a5b", "#5fe3a1", (wave + 1.5) / 3)
            canvas.line(
                [(x, low), (x, low - tall)], mixed_hex(colour, "#15314a", 0.35 + 0.15 * band), 2
            )
            canvas.line([(x, low - tall), (x, low - tall * 1.3)], "#274a6b", 1)
    _firs(dice, canvas, height * 0.92, "#03080c")
    return canvas.done()


def mixed_hex(colour: tuple[int, ...], other: str, share: float) -> tuple[int, ...]:
    return mixed("#{:02x}{:02x}{:02x}".format(*colour), other, share)


def phases(dice: Random, *, size: tuple[int, int] = (1_200, 260)) -> Image.Image:
    """Nine moons in a row, from a thin sickle to the full one and back."""
    canvas = Canvas(size, "#10131f")
    width, height = size
    moons, radius = 9, height * 0.2
    for moon in range(moons):
        x, y = width * (moon + 0.5) / moons, height / 2
        _moon(canvas, (x, y), radius, (moon + 1) / (moons + 1))
    return canvas.done()


def _moon(canvas: Canvas, at: Point, radius: float, age: float) -> None:
    """Its lit part: half a disc, and an ellipse that adds to it or takes from it."""
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    dark, lit = "#232838", "#efe6cc"
    canvas.circle(at, radius, dark)
    waxing = age <= 0.5
    canvas.slice(box, *((270, 450) if waxing else (90, 270)), lit)
    wide = abs(cos(2 * pi * age)) * radius
    gibbous = cos(2 * pi * age) < 0
    canvas.ellipse((x - wide, y - radius, x + wide, y + radius), lit if gibbous else dark)


def snow(dice: Random, *, size: tuple[int, int] = TALL) -> Image.Image:
    """A street lamp, its light, and flakes that are bright where they cross it."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#131a2d", "#3a4a68")
    lamp = (width * 0.38, height * 0.3)
    canvas.glow(lamp, width * 0.8, "#ffd890", 0.8)
    for _ in range(3):
        left = dice.uniform(-100, width * 0.8)
        top = dice.uniform(height * 0.45, height * 0.62)
        canvas.block((left, top, left + dice.uniform(150, 260), height), "#1a2236")
        for _ in range(4):
            wx, wy = left + dice.uniform(14, 150), top + dice.uniform(20, 160)
            canvas.block((wx, wy, wx + 22, wy + 32), dice.choice(("#e9b765", "#27304a", "#27304a")))
    canvas.shade("#cdd6e6", "#7d8cab", (0, height * 0.88, width, height))
    canvas.ellipse((lamp[0] - 200, height * 0.87, lamp[0] + 200, height * 0.95), "#f6e3bb")
    canvas.line([lamp, (lamp[0], height * 0.91)], "#0c101b", 9)
    canvas.polygon(
        [
            (lamp[0] - 26, lamp[1] - 34),
            (lamp[0] + 26, lamp[1] - 34),
            (lamp[0] + 18, lamp[1] + 18),
            (lamp[0] - 18, lamp[1] + 18),
        ],
        "#fff1c9",
    )
    canvas.polygon(
        [(lamp[0] - 36, lamp[1] - 34), (lamp[0] + 36, lamp[1] - 34), (lamp[0], lamp[1] - 62)],
        "#0c101b",
    )
    for _ in range(420):
        at = (dice.uniform(0, width), dice.uniform(0, height))
        near = max(
            0.0, 1 - ((at[0] - lamp[0]) ** 2 + (at[1] - lamp[1]) ** 2) ** 0.5 / (width * 0.9)
        )
        canvas.circle(at, dice.uniform(1, 3.6), mixed("#8291b0", "#fff8e6", near))
    return canvas.done()


def _stars(dice: Random, canvas: Canvas, count: int, low: float) -> None:
    for _ in range(count):
        at = (dice.uniform(0, canvas.width), dice.uniform(0, low))
        canvas.circle(at, dice.choice((0.6, 0.8, 1.4)), dice.choice(("#ffffff", "#9fb4d8")))


def _hill(dice: Random, canvas: Canvas, level: float, colour: str) -> None:
    width, height = canvas.width, canvas.height
    bend = dice.uniform(0, pi)
    line = [(x, level + 60 * sin(x / width * pi + bend)) for x in range(0, width + 10, 10)]
    canvas.polygon([*line, (width, height), (0, height)], colour)


def _firs(dice: Random, canvas: Canvas, level: float, colour: str) -> None:
    canvas.block((0, level, canvas.width, canvas.height), colour)
    x = -20.0
    while x < canvas.width + 20:
        tall, wide = dice.uniform(50, 150), dice.uniform(24, 44)
        for part in range(4):
            top, half = level - tall * (1 - part * 0.22), wide * (0.35 + part * 0.22)
            canvas.polygon(
                [(x, top), (x - half, top + tall * 0.4), (x + half, top + tall * 0.4)], colour
            )
        x += dice.uniform(14, 46)
