"""For those who would rather not show a head: what they like better."""

from dataclasses import dataclass
from math import pi, sin
from random import Random
from typing import Literal

from PIL import Image

from posts.demo.drawing.canvas import Canvas, mixed, ring

SIDE = 256


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One large, plain shape."""

    shape: Literal["cat", "bird", "bee", "leaf", "moon", "wave", "cup", "tile"]
    ground: str
    figure: str
    light: str

    def __call__(self, dice: Random) -> Image.Image:
        canvas = Canvas((SIDE, SIDE), self.ground)
        getattr(self, f"_{self.shape}")(dice, canvas)
        return canvas.done()

    def _cat(self, dice: Random, canvas: Canvas) -> None:
        canvas.circle((128, 88), 150, mixed(self.ground, self.light, 0.35))
        canvas.block((58, 170, 198, 320), self.figure, 66)
        canvas.block((62, 84, 194, 190), self.figure, 52)
        for way in (-1, 1):
            canvas.polygon(
                [(128 + way * 64, 118), (128 + way * 58, 44), (128 + way * 14, 88)], self.figure
            )
            canvas.ellipse((128 + way * 32 - 14, 122, 128 + way * 32 + 14, 142), self.light)
            canvas.ellipse((128 + way * 32 - 4, 122, 128 + way * 32 + 4, 142), self.ground)
        canvas.polygon([(120, 152), (136, 152), (128, 161)], self.light)

    def _bird(self, dice: Random, canvas: Canvas) -> None:
        canvas.circle((176, 78), 44, self.light)
        canvas.slice((38, 70, 214, 246), 20, 200, self.figure)
        canvas.circle((84, 116), 40, self.figure)
        canvas.polygon([(50, 104), (18, 122), (52, 130)], self.light)
        canvas.circle((76, 108), 6, self.ground)
        canvas.polygon([(196, 172), (250, 132), (232, 196)], self.figure)
        canvas.slice((92, 96, 196, 200), 10, 170, mixed(self.figure, "#ffffff", 0.25))
        canvas.line([(118, 238), (112, 256)], self.light, 6)
        canvas.line([(140, 238), (144, 256)], self.light, 6)

    def _bee(self, dice: Random, canvas: Canvas) -> None:
        for row in range(4):
            for column in range(4):
                cell = (column * 88 - 4 + row % 2 * 44, row * 76 + 14)
                canvas.polygon(ring(cell, 44, 6, pi / 6), mixed(self.ground, self.light, 0.35))
        pale = mixed(self.light, "#ffffff", 0.6)
        canvas.ellipse((74, 44, 130, 124), pale)
        canvas.ellipse((122, 44, 178, 124), pale)
        canvas.block((52, 96, 204, 188), self.light, 46)
        for left in (88, 126, 164):
            canvas.block((left, 97, left + 19, 187), self.figure)
        canvas.circle((66, 142), 32, self.figure)
        canvas.circle((58, 134), 6, pale)

    def _leaf(self, dice: Random, canvas: Canvas) -> None:
        canvas.circle((128, 128), 112, mixed(self.ground, self.figure, 0.18))
        for way, colour in ((-1, self.figure), (1, mixed(self.figure, self.light, 0.3))):
            half = [(128.0, 20.0)]
            half += [
                (128 + way * 74 * sin(pi * step / 20) ** 0.8, 20 + 9.6 * step) for step in range(21)
            ]
            canvas.polygon(half, colour)
        canvas.line([(128, 30), (128, 244)], self.light, 6)
        for at in (84, 124, 164):
            for way in (-1, 1):
                canvas.line([(128, at + 30), (128 + way * 46, at)], self.light, 4)

    def _moon(self, dice: Random, canvas: Canvas) -> None:
        for _ in range(34):
            at = (dice.uniform(0, SIDE), dice.uniform(0, 170))
            canvas.circle(at, dice.uniform(0.8, 2.4), self.light)
        canvas.circle((150, 96), 58, self.light)
        canvas.circle((174, 82), 52, self.ground)
        canvas.polygon(
            [(0, 196), (70, 150), (120, 190), (190, 136), (256, 190), (256, 256), (0, 256)],
            self.figure,
        )

    def _wave(self, dice: Random, canvas: Canvas) -> None:
        canvas.circle((182, 72), 36, self.light)
        for row, share in enumerate((0.55, 0.3, 0.0)):
            colour = mixed(self.figure, self.light, share)
            canvas.block((0, 132 + row * 42, SIDE, SIDE), colour)
            for column in range(-1, 6):
                x = column * 56 + row * 28
                canvas.circle((x, 136 + row * 42), 30, colour)

    def _cup(self, dice: Random, canvas: Canvas) -> None:
        canvas.hoop((182, 140), 36, self.figure, 14)
        canvas.block((62, 92, 178, 204), self.figure, 26)
        canvas.block((62, 92, 178, 130), self.figure)
        canvas.ellipse((62, 78, 178, 108), mixed(self.figure, "#ffffff", 0.35))
        canvas.ellipse((72, 82, 168, 104), self.light)
        canvas.ellipse((40, 206, 200, 228), mixed(self.figure, "#000000", 0.2))
        for x in (94, 122, 150):
            canvas.arc((x - 12, 26, x + 12, 50), 90, 270, self.light, 5)
            canvas.arc((x - 12, 48, x + 12, 72), 270, 450, self.light, 5)

    def _tile(self, dice: Random, canvas: Canvas) -> None:
        for x in (0, 256):
            for y in (0, 256):
                canvas.circle((x, y), 112, self.figure)
                canvas.circle((x, y), 76, self.light)
                canvas.circle((x, y), 40, self.ground)
        canvas.polygon(ring((128, 128), 66, 4), self.light)
        canvas.polygon(ring((128, 128), 46, 4), self.figure)
        canvas.circle((128, 128), 16, self.ground)
