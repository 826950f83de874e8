"""What is on a table, seen from above, or on a shelf."""

from collections.abc import Sequence
from math import cos, pi, sin
from random import Random

from PIL import Image

from posts.demo.drawing.canvas import Canvas, Point, mixed, ring


def loaf(dice: Random, *, size: tuple[int, int] = (960, 960)) -> Image.Image:
    """A round loaf with flour on it, cut into the shape of an ear of wheat, on a dark board."""
    canvas = Canvas(size, "#3a3532")
    side = size[0]
    centre = (side / 2, side / 2)
    for plank in range(4):
        shade = mixed("#4a413a", "#39322d", dice.random())
        canvas.block((0, plank * side / 4 + 2, side, (plank + 1) * side / 4 - 1), shade)
    canvas.ellipse((side * 0.12, side * 0.15, side * 0.92, side * 0.95), "#241f1c")
    for step in range(26):
        radius = side * (0.4 - 0.0125 * step)
        canvas.circle(centre, radius, mixed("#6b3717", "#d39a56", (step / 25) ** 0.7))
    for _ in range(900):
        angle, far = dice.uniform(0, 2 * pi), side * 0.37 * dice.random() ** 0.5
        at = (centre[0] + far * cos(angle), centre[1] + far * sin(angle))
        canvas.circle(at, dice.uniform(0.6, 2.2), mixed("#d9a768", "#fdf3e0", dice.random()))
    canvas.line([(side * 0.5, side * 0.22), (side * 0.5, side * 0.8)], "#f0d5a4", 7)
    for leaf in range(5):
        y = side * (0.3 + 0.1 * leaf)
        for way in (-1, 1):
            _leaf(
                canvas,
                (side * 0.5 + way * 12, y + 40),
                -pi / 2 + way * 0.85,
                side * 0.145,
                "#f0d5a4",
            )
    return canvas.done()


def _leaf(canvas: Canvas, foot: Point, angle: float, long: float, fill: str) -> None:
    x, y = foot
    outline = []
    for step in range(21):
        share = step / 10 if step <= 10 else (20 - step) / 10
        side = (1 if step <= 10 else -1) * sin(pi * share) * long * 0.16
        along = share * long
        outline.append(
            (x + along * cos(angle) - side * sin(angle), y + along * sin(angle) + side * cos(angle))
        )
    canvas.polygon(outline, fill)


def bowl(
    dice: Random,
    soup: str,
    toppings: Sequence[str],
    *,
    cloth: str = "#6f8fa6",
    size: tuple[int, int] = (1_080, 810),
) -> Image.Image:
    """A bowl of soup with things floating in it, a spoon beside it, on a checked cloth."""
    canvas = Canvas(size, mixed(cloth, "#ffffff", 0.72))
    width, height = size
    check = 90
    for left in range(0, width, check * 2):
        canvas.block((left, 0, left + check, height), mixed(cloth, "#ffffff", 0.5))
    for top in range(0, height, check * 2):
        for left in range(0, width, check):
            pale = 0.1 if left % (check * 2) == 0 else 0.5
            canvas.block((left, top, left + check, top + check), mixed(cloth, "#ffffff", pale))
    centre = (width * 0.46, height * 0.5)
    radius = height * 0.38
    canvas.circle((centre[0] + 12, centre[1] + 18), radius, mixed(cloth, "#1b2226", 0.45))
    canvas.circle(centre, radius, "#f4f1ea")
    canvas.circle(centre, radius * 0.9, "#d8d2c6")
    canvas.circle(centre, radius * 0.86, soup)
    canvas.circle((centre[0] - 10, centre[1] - 12), radius * 0.78, mixed(soup, "#ffffff", 0.08))
    for topping in toppings:
        for _ in range(9):
            angle, far = dice.uniform(0, 2 * pi), radius * 0.66 * dice.random() ** 0.5
            at = (centre[0] + far * cos(angle), centre[1] + far * sin(angle))
            corners = ring(at, dice.uniform(9, 22), dice.choice((4, 5, 9)), dice.random())
            canvas.polygon(corners, topping)
    _spoon(canvas, width * 0.86)
    return canvas.done()


def _spoon(canvas: Canvas, x: float) -> None:
    tall = canvas.height
    canvas.line([(x, tall * 0.36), (x + 8, tall * 0.86)], "#8e9497", 16)
    canvas.ellipse((x - 40, tall * 0.14, x + 36, tall * 0.4), "#8e9497")
    canvas.ellipse((x - 28, tall * 0.17, x + 24, tall * 0.38), "#b4babd")


def tray(
    dice: Random, *, rows: int = 3, columns: int = 4, size: tuple[int, int] = (1_080, 780)
) -> Image.Image:
    """Rolled buns on a baking tray, one of them missing."""
    canvas = Canvas(size, "#2f3436")
    width, height = size
    canvas.block((24, 24, width - 24, height - 24), "#454c4f", 26)
    canvas.block((52, 52, width - 52, height - 52), "#e9dfc8", 10)
    gone = dice.randrange(rows * columns)
    for place in range(rows * columns):
        x = 60 + (width - 120) * (place % columns + 0.5) / columns + dice.uniform(-8, 8)
        y = 60 + (height - 120) * (place // columns + 0.5) / rows + dice.uniform(-8, 8)
        if place == gone:
            for _ in range(26):
                canvas.circle(
                    (x + dice.gauss(0, 40), y + dice.gauss(0, 32)), dice.uniform(1, 4), "#a9763f"
                )
            continue
        radius = (height - 120) / rows * dice.uniform(0.42, 0.47)
        canvas.circle((x + 5, y + 8), radius, "#b9a884")
        canvas.circle((x, y), radius, "#a5642c")
        canvas.circle((x - 3, y - 4), radius * 0.93, "#d6944c")
        spiral = [
            (
                x + radius * 0.8 * turn / 60 * cos(turn / 4),
                y + radius * 0.8 * turn / 60 * sin(turn / 4),
            )
            for turn in range(61)
        ]
        canvas.line(spiral, "#6e3b18", 8)
        for _ in range(14):
            at = (x + dice.gauss(0, radius * 0.36), y + dice.gauss(0, radius * 0.36))
            canvas.circle(at, 4, "#fffaf0")
    return canvas.done()


def books(dice: Random, *, shelves: int = 3, size: tuple[int, int] = (1_080, 760)) -> Image.Image:
    """Shelves full of spines; here and there one leans, and there is a gap."""
    canvas = Canvas(size, "#5a3d28")
    width, height = size
    colours = (
        "#7d2f2f",
        "#2f4b6b",
        "#c79a3f",
        "#3f5f4a",
        "#d8cdb4",
        "#8a5a7a",
        "#273238",
        "#b9603a",
    )
    tall = (height - 20) / shelves
    for shelf in range(shelves):
        floor = 20 + (shelf + 1) * tall - 18
        canvas.block((20, 20 + shelf * tall, width - 20, floor), "#37241a")
        x = 26.0
        while x < width - 70:
            thick, high = dice.uniform(20, 54), tall * dice.uniform(0.58, 0.84)
            if dice.random() < 0.07:
                x += dice.uniform(30, 80)
                continue
            colour, lean = dice.choice(colours), 26 if dice.random() < 0.06 else 0
            canvas.polygon(
                [
                    (x + lean, floor - high),
                    (x + lean + thick, floor - high),
                    (x + thick, floor),
                    (x, floor),
                ],
                colour,
            )
            if not lean:
                band = mixed(colour, "#ffe9b8", 0.6)
                canvas.block((x, floor - high * 0.86, x + thick, floor - high * 0.82), band)
                canvas.block((x, floor - high * 0.2, x + thick, floor - high * 0.17), band)
            x += thick + 2 + lean
    return canvas.done()


def jars(
    dice: Random, labels: Sequence[str], *, size: tuple[int, int] = (1_080, 620)
) -> Image.Image:
    """Full jars in a row on a shelf before a pale wall, each with its label."""
    canvas = Canvas(size)
    width, height = size
    canvas.shade("#eef0e6", "#d7dccb")
    floor = height * 0.84
    canvas.block((0, floor, width, floor + 34), "#8a6844")
    canvas.block((0, floor + 34, width, height), "#cdd2c0")
    colours = ("#b3312c", "#d98a2b", "#6d8f3a", "#7a2f55", "#e0b93f", "#4b2a23")
    step = width / len(labels)
    for place, label in enumerate(labels):
        x, half = step * (place + 0.5), step * 0.36
        tall = height * dice.uniform(0.46, 0.6)
        colour = colours[place % len(colours)]
        canvas.block((x - half, floor - tall, x + half, floor), mixed(colour, "#ffffff", 0.55), 26)
        canvas.block((x - half + 8, floor - tall * 0.86, x + half - 8, floor - 8), colour, 20)
        for _ in range(22):
            at = (
                dice.uniform(x - half + 22, x + half - 22),
                dice.uniform(floor - tall * 0.8, floor - 20),
            )
            canvas.circle(
                at, dice.uniform(5, 13), mixed(colour, "#ffffff", dice.uniform(0.05, 0.3))
            )
        canvas.block(
            (x - half * 0.9, floor - tall - 26, x + half * 0.9, floor - tall + 6), "#57606a", 8
        )
        canvas.block(
            (x - half * 0.76, floor - tall * 0.58, x + half * 0.76, floor - tall * 0.22),
            "#fbf7ea",
            4,
        )
        canvas.words((x, floor - tall * 0.4), label, 25, "#33302a", anchor="mm")
    return canvas.done()
