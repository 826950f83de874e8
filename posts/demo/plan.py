"""What is written when: the stories over the last days, and what chance adds over the last weeks.

What a post is depends on the seed and on its own number alone, not on how many there are.
"""

from datetime import datetime, timedelta
from random import Random

from posts.demo.stories import in_order
from posts.demo.story import Story

DAYS = 28
STORY_DAYS = 4
# Of more posts than this all further ones are older than the stories, which would drown in them.
AMONG_STORIES = 400
# How busy the hours of a day are, from midnight on.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 8, 7, 7, 9, 8, 6, 6, 7, 8, 9, 11, 12, 10, 6, 3)


class Plan:
    def __init__(self, seed: int, now: datetime) -> None:
        self.now = now
        self._seed = seed
        self._stories = in_order(self.dice("stories"))

    def dice(self, what: object, of: str = "") -> Random:
        """The same dice each time; others for each number or name, and for each side of it."""
        return Random(f"{self._seed} {what} {of}")

    def story(self, number: int) -> Story | None:
        """The first posts are stories, and chance makes up all others."""
        return self._stories[number - 1] if number <= len(self._stories) else None

    def moment(self, number: int) -> datetime:
        dice = self.dice(number, "when")
        if self.story(number):
            return self._lately(dice, number)
        return self._some_time(dice, STORY_DAYS + 1 if number > AMONG_STORIES else 0)

    def _lately(self, dice: Random, number: int) -> datetime:
        """The first one just now, the others ever further apart."""
        share = (number - dice.uniform(0.3, 0.7)) / len(self._stories)
        return self.now - timedelta(days=STORY_DAYS) * float(share**1.6)

    def _some_time(self, dice: Random, days_ago: int) -> datetime:
        """Recent days and the hours when people are up are likelier."""
        while True:
            days = days_ago + int((DAYS - days_ago) * dice.random() ** 1.3)
            moment = (self.now - timedelta(days=days)).replace(
                hour=dice.choices(range(24), weights=HOURS)[0],
                minute=dice.randrange(60),
                second=dice.randrange(60),
                microsecond=dice.randrange(1_000_000),
            )
            # Moved to yesterday instead, what is to come today would crowd that evening.
            if moment < self.now:
                return moment
