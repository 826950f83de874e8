"""The time of each demo post: stories in the last days, other posts in the last weeks.

A post depends on the seed and its number only, not on the number of posts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from demo.loader import Story

DAYS = 28
STORY_DAYS = 4
# Posts with higher numbers are older than all stories: too many others would hide the stories.
AMONG_STORIES = 400
# Relative number of posts in each hour of the day, from midnight.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 8, 7, 7, 9, 8, 6, 6, 7, 8, 9, 11, 12, 10, 6, 3)


class Plan:
    """The story and the time of post number 1, 2, 3 …, relative to `now`."""

    def __init__(self, seed: int, now: datetime, stories: Sequence[Story]) -> None:
        self.now = now
        self._seed = seed
        self._stories = _mixed(stories, self.rng("stories"))

    def rng(self, subject: object, purpose: str = "") -> Random:
        """Return a random generator, which is the same for the same arguments and seed."""
        return Random(f"{self._seed} {subject} {purpose}")

    def story(self, number: int) -> Story | None:
        """Return the story of a post: the first posts are stories, None for higher numbers."""
        return self._stories[number - 1] if number <= len(self._stories) else None

    def moment(self, number: int) -> datetime:
        """Return the time of a post."""
        rng = self.rng(number, "when")
        if self.story(number):
            return self._story_moment(rng, number)
        return self._other_moment(rng, STORY_DAYS + 1 if number > AMONG_STORIES else 0)

    def _story_moment(self, rng: Random, number: int) -> datetime:
        """Return the time of a story: the first is the newest, and the gaps grow with age."""
        share = (number - rng.uniform(0.3, 0.7)) / len(self._stories)
        return self.now - timedelta(days=STORY_DAYS) * float(share**1.6)

    def _other_moment(self, rng: Random, days_ago: int) -> datetime:
        """Return a random time; recent days and daytime hours are more likely."""
        while True:
            days = days_ago + int((DAYS - days_ago) * rng.random() ** 1.3)
            moment = (self.now - timedelta(days=days)).replace(
                hour=rng.choices(range(24), weights=HOURS)[0],
                minute=rng.randrange(60),
                second=rng.randrange(60),
                microsecond=rng.randrange(1_000_000),
            )
            # Otherwise try again. A shift by one day would put too many into yesterday evening.
            if moment < self.now:
                return moment


def _mixed(stories: Sequence[Story], rng: Random) -> list[Story]:
    """Return the stories in random order, with the illustrated ones evenly distributed."""
    shuffled = rng.sample(stories, k=len(stories))
    plain = [story for story in shuffled if not story.images]
    illustrated = [story for story in shuffled if story.images]
    places = [
        ((index + 0.5) / len(kind), story)
        for kind in (plain, illustrated)
        for index, story in enumerate(kind)
    ]
    return [story for _, story in sorted(places, key=lambda place: place[0])]
