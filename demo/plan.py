"""When each post of a demo was written: stories over the last days, others over the last weeks.

What a post is depends on the seed and on its own number alone, not on how many there are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from demo.loader import Story

DAYS = 28
STORY_DAYS = 4
# Posts with higher numbers are older than the stories, which would be hard to find among them.
AMONG_STORIES = 400
# How many posts are written in each hour of a day, from midnight on, relative to one another.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 8, 7, 7, 9, 8, 6, 6, 7, 8, 9, 11, 12, 10, 6, 3)


class Plan:
    """What post number 1, 2, 3 … is and when it was written, seen from the moment `now`."""

    def __init__(self, seed: int, now: datetime, stories: Sequence[Story]) -> None:
        self.now = now
        self._seed = seed
        self._stories = _mixed(stories, self.dice("stories"))

    def dice(self, what: object, of: str = "") -> Random:
        """Return a random generator: the same one for the same arguments and seed."""
        return Random(f"{self._seed} {what} {of}")

    def story(self, number: int) -> Story | None:
        """The first posts are stories; there is none for higher numbers."""
        return self._stories[number - 1] if number <= len(self._stories) else None

    def moment(self, number: int) -> datetime:
        dice = self.dice(number, "when")
        if self.story(number):
            return self._story_moment(dice, number)
        return self._other_moment(dice, STORY_DAYS + 1 if number > AMONG_STORIES else 0)

    def _story_moment(self, dice: Random, number: int) -> datetime:
        """The first story was written just now; the steps between older ones grow."""
        share = (number - dice.uniform(0.3, 0.7)) / len(self._stories)
        return self.now - timedelta(days=STORY_DAYS) * float(share**1.6)

    def _other_moment(self, dice: Random, days_ago: int) -> datetime:
        """Recent days, and the hours when people are awake, are likelier."""
        while True:
            days = days_ago + int((DAYS - days_ago) * dice.random() ** 1.3)
            moment = (self.now - timedelta(days=days)).replace(
                hour=dice.choices(range(24), weights=HOURS)[0],
                minute=dice.randrange(60),
                second=dice.randrange(60),
                microsecond=dice.randrange(1_000_000),
            )
            # Drawn again, not moved to yesterday: that would fill yesterday's evening.
            if moment < self.now:
                return moment


def _mixed(stories: Sequence[Story], dice: Random) -> list[Story]:
    """Return the stories in random order, with those that have an image spread evenly."""
    shuffled = dice.sample(stories, k=len(stories))
    plain = [story for story in shuffled if not story.image]
    illustrated = [story for story in shuffled if story.image]
    places = [
        ((index + 0.5) / len(kind), story)
        for kind in (plain, illustrated)
        for index, story in enumerate(kind)
    ]
    return [story for _, story in sorted(places, key=lambda place: place[0])]
