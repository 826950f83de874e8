"""The people of a demo: heads without faces, in flat colours, told apart by hair and clothes."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from PIL import Image

from posts.demo.drawing.canvas import Box, Canvas, mixed, ring

Hair = Literal["short", "crop", "bob", "long", "bun", "curls", "cloud", "scarf", "cap", "side"]
SIDE = 256
HEAD = (128.0, 112.0)

# The hair above the forehead: pieces of ellipses, from where to where, seen from the head.
FRINGES: dict[Hair, tuple[tuple[Box, float, float], ...]] = {
    "short": (((-50, -64, 50, 30), 180, 360),),
    "cap": (((-50, -64, 50, 30), 180, 360),),
    "crop": (((-48, -62, 48, 6), 180, 360),),
    "side": (((-54, -68, 54, 22), 180, 300), ((-20, -66, 56, 6), 200, 378)),
    "bob": (((-54, -68, 54, 22), 180, 300), ((-20, -66, 56, 6), 200, 378)),
    "long": (((-64, -68, 10, 26), 165, 300), ((-10, -68, 64, 26), 240, 375)),
    "bun": (((-50, -64, 50, 8), 180, 360),),
    "cloud": (((-56, -74, 56, 4), 170, 370),),
}


@dataclass(frozen=True, kw_only=True)
class Bust:
    """Somebody from the chest up."""

    ground: str
    skin: str
    hair: Hair
    hue: str  # of the hair, or of what covers it
    coat: str
    collar: str = ""
    beard: bool = False
    glasses: str = ""
    earrings: str = ""

    def __call__(self, dice: Random) -> Image.Image:
        canvas = Canvas((SIDE, SIDE), self.ground)
        self._light(dice, canvas)
        self._behind(dice, canvas)
        self._body(canvas)
        self._head(canvas)
        self._before(dice, canvas)
        if self.glasses:
            _glasses(canvas, self.glasses)
        return canvas.done()

    def _light(self, dice: Random, canvas: Canvas) -> None:
        """A second tone behind them, from one side."""
        pale = mixed(self.ground, "#ffffff", 0.22)
        edge = dice.uniform(60, 190)
        canvas.polygon([(0, 0), (edge, 0), (edge + dice.uniform(-70, 70), SIDE), (0, SIDE)], pale)

    def _body(self, canvas: Canvas) -> None:
        dark = mixed(self.skin, "#3a1520", 0.22)
        canvas.block((26, 196, 230, 330), self.coat, 62)
        canvas.block((108, 140, 148, 212), dark, 18)
        canvas.polygon([(100, 196), (156, 196), (128, 232)], dark)
        if self.collar:
            canvas.polygon([(100, 192), (78, 204), (116, 244), (128, 230)], self.collar)
            canvas.polygon([(156, 192), (178, 204), (140, 244), (128, 230)], self.collar)

    def _head(self, canvas: Canvas) -> None:
        x, y = HEAD
        canvas.circles([(x - 47, y + 6), (x + 47, y + 6)], 10, mixed(self.skin, "#3a1520", 0.12))
        canvas.block((x - 46, y - 58, x + 46, y + 62), self.skin, 45)
        if self.beard:
            canvas.block((x - 46, y + 6, x + 46, y + 72), self.hue, 38)
            canvas.block((x - 36, y - 14, x + 36, y + 24), self.skin, 20)
            canvas.block((x - 14, y + 34, x + 14, y + 42), mixed(self.skin, "#7a2030", 0.5), 4)
        if self.earrings:
            canvas.circles([(x - 49, y + 24), (x + 49, y + 24)], 6, self.earrings)

    def _behind(self, dice: Random, canvas: Canvas) -> None:
        x, y = HEAD
        match self.hair:
            case "bob":
                canvas.block((x - 64, y - 68, x + 64, y + 66), self.hue, 54)
            case "long":
                canvas.block((x - 64, y - 68, x + 64, y + 134), self.hue, 58)
            case "bun":
                canvas.circle((x + 6, y - 78), 28, self.hue)
            case "cloud":
                canvas.circle((x, y - 18), 84, self.hue)
            case "curls":
                for curl in ring((x, y - 14), 60, 13, dice.random()):
                    canvas.circle(curl, dice.uniform(21, 27), self.hue)
            case "scarf":
                canvas.block((x - 66, y - 74, x + 66, y + 100), self.hue, 62)
            case _:
                pass

    def _before(self, dice: Random, canvas: Canvas) -> None:
        x, y = HEAD
        for box, start, end in FRINGES.get(self.hair, ()):
            left, top, right, bottom = box
            canvas.slice((x + left, y + top, x + right, y + bottom), start, end, self.hue)
        match self.hair:
            case "short":
                self._temples(canvas)
            case "cap":
                self._temples(canvas)
                self._cap(canvas)
            case "curls":
                for step in range(7):
                    canvas.circle((x - 48 + step * 16, y - 50 + abs(step - 3) * 5), 17, self.hue)
            case "scarf":
                self._scarf(canvas)
            case _:
                pass

    def _temples(self, canvas: Canvas) -> None:
        x, y = HEAD
        canvas.block((x - 50, y - 22, x - 38, y + 8), self.hue, 4)
        canvas.block((x + 38, y - 22, x + 50, y + 8), self.hue, 4)

    def _cap(self, canvas: Canvas) -> None:
        """A woollen one, with a turned-up edge."""
        x, y = HEAD
        wool = self.collar or self.coat
        canvas.slice((x - 54, y - 82, x + 54, y + 26), 180, 360, wool)
        canvas.block((x - 58, y - 44, x + 58, y - 18), mixed(wool, "#ffffff", 0.25), 10)
        canvas.circle((x, y - 84), 13, mixed(wool, "#ffffff", 0.25))

    def _scarf(self, canvas: Canvas) -> None:
        x, y = HEAD
        canvas.block((x - 62, y - 74, x + 62, y + 84), self.hue, 60)
        canvas.polygon([(x - 40, y + 70), (x + 40, y + 70), (x, y + 124)], self.hue)
        canvas.block((x - 40, y - 50, x + 40, y + 58), self.skin, 40)
        fold = mixed(self.hue, "#ffffff", 0.18)
        canvas.polygon([(x - 58, y + 48), (x + 50, y + 92), (x + 66, y + 70), (x, y + 62)], fold)


def _glasses(canvas: Canvas, colour: str) -> None:
    x, y = HEAD
    for side in (-1, 1):
        canvas.hoop((x + side * 21, y + 2), 17, colour, 4)
        canvas.line([(x + side * 38, y), (x + side * 46, y - 3)], colour, 3)
    canvas.line([(x - 5, y), (x + 5, y)], colour, 3)
