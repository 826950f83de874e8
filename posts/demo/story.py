"""What a story is: a post as somebody thought of it, with all that came of it."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from PIL import Image


class Drawn(NamedTuple):
    """A picture, and what it shows in words; the words hold whatever the dice."""

    draw: Callable[[Random], Image.Image]
    alt: str


class Said(NamedTuple):
    """A comment, and the answers to it."""

    author: str
    text: str
    replies: tuple["Said", ...] = ()


class Story(NamedTuple):
    author: str
    text: str
    picture: Drawn | None = None
    thread: tuple[Said, ...] = ()
    edited: bool = False


def said(author: str, text: str, *replies: Said) -> Said:
    return Said(author, text, replies)


def story(
    author: str,
    text: str,
    *thread: Said,
    picture: Drawn | None = None,
    edited: bool = False,
) -> Story:
    return Story(author, text, picture, thread, edited)
