"""Views: ridges, lakes, shores and woods, in the light of some hour."""

from itertools import pairwise
from random import Random
from typing import NamedTuple

from PIL import Image

from posts.demo.drawing.canvas import Canvas, Point, mixed

WIDE = (960, 640)


class Light(NamedTuple):
    """The colours of an hour: of the sky from above to below, of far and near, and of the sun."""

    above: str
    below: str
    far: str
    near: str
    sun: str


DAWN = Light("#6d86b5", "#fbd3b4", "#d9a9a6", "#2b3350", "#fff1d6")
NOON = Light("#7fb4dc", "#e8f1ee", "#a9c6c4", "#1f4a3c", "#fffdf0")
DUSK = Light("#3b2f63", "#f49a63", "#b5627a", "#1c1733", "#ffe2a8")
FOG = Light("#b9c2c4", "#e9ebe6", "#c7cdcb", "#4b5a5b", "#f6f4ea")
NIGHT = Light("#0b1230", "#31466f", "#27385e", "#070b1a", "#f4efd8")
AUTUMN = Light("#9db3c1", "#f7e3bd", "#d8b27a", "#5b2b1d", "#fff3cf")
WINTER = Light("#a8c0d8", "#f5eef0", "#cfd8e4", "#4f6583", "#ffffff")


def ridges(
    dice: Random,
    light: Light,
    *,
    size: tuple[int, int] = WIDE,
    layers: int = 6,
    sun: Point = (0.68, 0.42),
    lake: bool = False,
) -> Image.Image:
    """Ridge behind ridge, the far ones pale; with a lake, all of it again upside down."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade(light.above, light.below)
    place = (sun[0] * width, sun[1] * height)
    canvas.glow(place, height * 0.55, light.sun, 0.7)
    canvas.circle(place, height * 0.055, light.sun)
    ground = height * (0.72 if lake else 1.0)
    for layer in range(layers):
        share = layer / max(1, layers - 1)
        level = height * 0.46 + (ground - height * 0.46) * share * 0.86
        rough = height * (0.16 - 0.07 * share)
        line = _ridge(dice, width, level=level, rough=rough)
        # Far ones take the colour of the sky with them.
        canvas.polygon([*line, (width, height), (0, height)], mixed(light.far, light.near, share))
    if lake:
        canvas.mirror(ground, light.below, 0.35)
        for _ in range(26):
            y = dice.uniform(ground + 4, height)
            x, long = dice.uniform(-40, width), dice.uniform(40, 260)
            canvas.line([(x, y), (x + long, y)], mixed(light.below, light.far, dice.random()), 1)
    return canvas.done()


def _ridge(dice: Random, width: int, *, level: float, rough: float) -> list[Point]:
    """A line as hills have it, by halving: each middle is moved less than the one before."""
    heights = [level + dice.uniform(-rough, rough) for _ in range(4)]
    while len(heights) < 200:
        rough *= 0.5
        halves = [
            ((one + other) / 2 + dice.uniform(-rough, rough)) for one, other in pairwise(heights)
        ]
        between = zip(heights, halves, strict=False)
        heights = [height for pair in between for height in pair] + heights[-1:]
    step = width / (len(heights) - 1)
    return [(place * step, height) for place, height in enumerate(heights)]


def shore(
    dice: Random,
    light: Light,
    *,
    size: tuple[int, int] = WIDE,
    sun: float = 0.5,
    boat: float | None = None,
) -> Image.Image:
    """The sea under a low sun, with its path of light, and perhaps a boat, this far along."""
    canvas = Canvas(size)
    width, height = size
    horizon = height * 0.52
    canvas.shade(light.above, light.below, (0, 0, width, horizon))
    canvas.shade(light.far, light.near, (0, horizon, width, height))
    place = (sun * width, horizon - height * 0.09)
    canvas.glow(place, height * 0.5, light.sun, 0.75)
    canvas.shade(light.far, light.near, (0, horizon, width, height))
    canvas.circle(place, height * 0.06, light.sun)
    for _ in range(240):
        depth = dice.random() ** 1.6
        y = horizon + 3 + depth * (height - horizon)
        on_path = dice.random() < 0.55
        spread = height * (0.04 + 0.3 * depth)
        x = place[0] + dice.gauss(0, 0.5) * spread if on_path else dice.uniform(-60, width)
        long = (12 + 90 * depth) * dice.uniform(0.4, 1.2)
        shine = mixed(light.far, light.sun, 0.85) if on_path else mixed(light.near, light.far, 0.7)
        canvas.line([(x - long / 2, y), (x + long / 2, y)], shine, 1 + 2 * depth)
    if boat is not None:
        _boat(canvas, (boat * width, horizon + height * 0.05), height * 0.17, light)
    return canvas.done()


def _boat(canvas: Canvas, at: Point, tall: float, light: Light) -> None:
    x, y = at
    hull = mixed(light.near, "#000000", 0.35)
    canvas.polygon(
        [
            (x - tall * 0.42, y - 6),
            (x + tall * 0.4, y - 6),
            (x + tall * 0.26, y + tall * 0.1),
            (x - tall * 0.3, y + tall * 0.1),
        ],
        hull,
    )
    canvas.line([(x, y), (x, y - tall)], hull, 3)
    canvas.polygon([(x + 4, y - tall), (x + 4, y - 14), (x + tall * 0.38, y - 14)], light.sun)
    canvas.polygon(
        [(x - 4, y - tall * 0.9), (x - 4, y - 14), (x - tall * 0.3, y - 14)],
        mixed(light.sun, light.far, 0.35),
    )


def wood(dice: Random, light: Light, *, size: tuple[int, int] = WIDE) -> Image.Image:
    """Trunks in the mist, row before row."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade(light.above, light.below)
    rows = 5
    for row in range(rows):
        share = (row + 1) / rows
        colour = mixed(light.below, light.near, share**1.4)
        foot = height * (0.66 + 0.3 * share)
        for _ in range(16 - 2 * row):
            x, thick = dice.uniform(0, width), (3 + 17 * share**2) * dice.uniform(0.7, 1.3)
            lean = dice.uniform(-14, 14)
            top = (x + lean, -10.0)
            canvas.polygon(
                [
                    (x - thick, foot + 30),
                    (top[0] - thick * 0.55, top[1]),
                    (top[0] + thick * 0.55, top[1]),
                    (x + thick, foot + 30),
                ],
                colour,
            )
            for _ in range(3):
                y, side = dice.uniform(0, height * 0.5), dice.choice((-1, 1))
                reach = dice.uniform(30, 90) * share
                canvas.line(
                    [(x + lean / 2, y), (x + side * reach, y - reach * 0.7)],
                    colour,
                    1 + thick * 0.15,
                )
        line = _ridge(dice, width, level=foot, rough=height * 0.025)
        canvas.polygon(
            [*line, (width, height), (0, height)], mixed(light.below, light.near, share**1.4 * 0.9)
        )
    return canvas.done()
