"""What was on a screen: a terminal, small figures of pixels, sound as a picture."""

from collections.abc import Sequence
from math import exp, pi, sin
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, mixed


def terminal(
    dice: Random, lines: Sequence[str], *, size: tuple[int, int] = (1_080, 520)
) -> Image.Image:
    """Lines in a dark window. One that begins with `+` is green, with `-` red, with `#` faint."""
    canvas = Canvas(size, "#cfd6d2")
    width, height = size
    canvas.block((26, 26, width - 26, height - 26), "#10181a", 16)
    for place, colour in enumerate(("#d9635b", "#dcae4a", "#63b06d")):
        canvas.circle((62 + place * 30, 58), 9, colour)
    colours = {"+": "#7fd6ad", "-": "#ff9a9a", "#": "#7d8f8a"}
    for place, line in enumerate(lines):
        colour = colours.get(line[:1], "#e5ebe6")
        text = line[1:] if line[:1] in colours else line
        canvas.words((54, 96 + place * 44), text, 27, colour)
    return canvas.done()


def sprite(
    dice: Random, rows: Sequence[str], colours: dict[str, str], *, dot: int = 8
) -> Image.Image:
    """A figure of square dots: each letter is a colour, a full stop the ground."""
    size = (len(rows[0]) * dot, len(rows) * dot)
    canvas = Canvas(size, colours["."])
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            canvas.block((x * dot, y * dot, (x + 1) * dot, (y + 1) * dot), colours[letter])
    return canvas.done()


def spectrogram(dice: Random, *, size: tuple[int, int] = (1_440, 380)) -> Image.Image:
    """A bird's song: time runs to the right and pitch goes up; phrases that rise and trill."""
    canvas = Canvas(size, "#14101f")
    width, height = size
    for _ in range(700):
        at = (dice.uniform(0, width), height - abs(dice.gauss(0, height * 0.3)))
        canvas.circle(at, dice.uniform(1, 3), mixed("#14101f", "#4a3a6b", dice.random()))
    x = 50.0
    while x < width - 160:
        base, swing = dice.uniform(0.35, 0.6), dice.uniform(0.06, 0.2)
        long, trill = dice.choice((70, 120, 150)), dice.choice((1, 2, 6, 9))
        for harmonic, bright in ((0, 1.0), (1, 0.45)):
            points = []
            for step in range(long):
                share = step / long
                pitch = base + swing * sin(share * pi * trill) + 0.1 * share + 0.22 * harmonic
                points.append((x + step, height * (1 - pitch)))
            for wide, light in ((12, 0.35), (6, 0.75), (2.5, 1.0)):
                canvas.line(points, mixed("#4a2a6b", "#ffd28a", light * bright), wide)
        x += long + dice.uniform(24, 70)
    for second in range(1, 8):
        canvas.words((second * width / 8, height - 14), f"{second} s", 20, "#a99cc4", anchor="ms")
    return canvas.done()


def waves(dice: Random, *, size: tuple[int, int] = (1_440, 300)) -> Image.Image:
    """Loudness over time as columns about a middle line: quiet, two swells, and a long end."""
    canvas = Canvas(size, "#f3f1ea")
    width, height = size
    for x in range(40, width - 40, 9):
        share = x / width
        swell = exp(-(((share - 0.3) / 0.09) ** 2)) + 0.8 * exp(-(((share - 0.62) / 0.16) ** 2))
        loud = (0.04 + swell * dice.uniform(0.35, 1)) * height * 0.42
        colour = mixed("#3c6e71", "#d9803a", min(1, swell))
        canvas.block((x, height / 2 - loud, x + 5, height / 2 + loud), colour, 2)
    return canvas.done()
