"""What the people of a demo have written: each story once, with all that came of it."""

from random import Random

from posts.demo.stories import (
    code,
    garden,
    kitchen,
    long_reads,
    numbers,
    outside,
    patterns,
    skies,
    town,
    voices,
    workshop,
)
from posts.demo.story import Story

STORIES: tuple[Story, ...] = (
    *kitchen.STORIES,
    *outside.STORIES,
    *skies.STORIES,
    *workshop.STORIES,
    *code.STORIES,
    *numbers.STORIES,
    *garden.STORIES,
    *town.STORIES,
    *patterns.STORIES,
    *voices.STORIES,
    *long_reads.STORIES,
)


def in_order(dice: Random) -> list[Story]:
    """All of them, mixed: those with a picture spread evenly among the others."""
    mixed = dice.sample(STORIES, k=len(STORIES))
    plain = [told for told in mixed if not told.picture]
    pictured = [told for told in mixed if told.picture]
    places = [
        ((place + 0.5) / len(kind), told)
        for kind in (plain, pictured)
        for place, told in enumerate(kind)
    ]
    return [told for _, told in sorted(places, key=lambda entry: entry[0])]
