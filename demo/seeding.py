"""The rows of a demo: posts with their likes and comments, batch by batch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from demo.chance import Chance, Draft
from demo.gallery import Gallery
from demo.loader import Author, Said, Story
from demo.plan import Plan
from posts.models import Comment, Like, Post, User

BATCH_POSTS = 1_000
SECONDS_BETWEEN_LIKES = 90  # a post gets at most one like in so many seconds
EDITED_AFTER = timedelta(minutes=9)
REPLY_SHARE = 0.35

Participants = Sequence[tuple[User, Author]]


class Made(NamedTuple):
    """A post, and what its likes and comments are made from."""

    post: Post
    dice: Random
    draft: Draft
    story: Story | None


class Seeding:
    def __init__(
        self, participants: Participants, plan: Plan, chance: Chance, gallery: Gallery
    ) -> None:
        self._participants = participants
        self._users = {user.username: user for user, _ in participants}
        self._plan = plan
        self._chance = chance
        self._gallery = gallery
        # A few people write much, and most write now and then.
        self._weights = [1 / (place + 3) for place in range(len(participants))]

    def add(self, numbers: Iterable[int]) -> tuple[int, int]:
        """Add the posts of these numbers; return how many likes and comments were added."""
        likes = comments = 0
        # The oldest first, so that ids grow with time as those of real posts do.
        planned = iter(sorted((self._plan.moment(number), number) for number in numbers))
        while batch := list(islice(planned, BATCH_POSTS)):
            made = [self._make(number, moment) for moment, number in batch]
            Post.objects.bulk_create([one.post for one in made])
            likes += len(
                Like.objects.bulk_create([row for one in made for row in self._likes(one)])
            )
            comments += _create([row for one in made for row in self._comments(one)])
        return likes, comments

    def _make(self, number: int, moment: datetime) -> Made:
        dice, story = self._plan.dice(number, "what"), self._plan.story(number)
        user, author = dice.choices(self._participants, weights=self._weights)[0]
        if story is None:
            draft = self._chance.post(dice, author)
        else:
            # Another author if the name belongs to a person here.
            user, draft = self._users.get(story.author, user), Draft(story.text)
        post = Post(
            author=user, content=draft.text, created_at=moment, external_id=f"demo:{number}"
        )
        if story and story.edited:
            post.updated_at = moment + min(EDITED_AFTER, (self._plan.now - moment) / 2)
        if story and story.image:
            stored = self._gallery.of_post(story.image)
            post.image, post.image_alt = stored.name, story.image_alt
            post.image_width, post.image_height = stored.width, stored.height
            post.image_bytes = stored.size
        return Made(post, dice, draft, story)

    def _likes(self, made: Made) -> Iterator[Like]:
        dice, most = made.dice, len(self._users)
        count = (
            round(dice.triangular(0, most, most / 4)) if made.story else _long_tail(dice, 1.0, most)
        )
        age_seconds = (self._plan.now - made.post.created_at).total_seconds()
        count = min(count, round(age_seconds / SECONDS_BETWEEN_LIKES))
        for user in dice.sample(list(self._users.values()), k=count):
            yield Like(post=made.post, user=user, created_at=self._soon_after(made))

    def _comments(self, made: Made) -> Iterator[Comment]:
        if made.story:
            return self._thread(made, made.story.thread, made.post.created_at)
        return self._random_comments(made)

    def _thread(
        self, made: Made, thread: Sequence[Said], after: datetime, answered: Comment | None = None
    ) -> Iterator[Comment]:
        """The comments on a story, each later than the one before; those of the future are left
        out."""
        for said in thread:
            after += timedelta(minutes=1 + made.dice.expovariate(1 / 7))
            user = self._users.get(said.author)
            if user and after < self._plan.now:
                row = Comment(
                    post=made.post,
                    author=user,
                    content=said.text,
                    created_at=after,
                    reply_to=answered,
                )
                yield row
                yield from self._thread(made, said.replies, after, row)

    def _random_comments(self, made: Made) -> Iterator[Comment]:
        dice, rows = made.dice, list[Comment]()
        others = [one for one in self._participants if one[0] != made.post.author]
        for moment in sorted(self._soon_after(made) for _ in range(_long_tail(dice, 1.3, 20))):
            row = Comment(post=made.post, created_at=moment)
            if rows and dice.random() < REPLY_SHARE:
                row.reply_to = dice.choice(rows)
                answers_author = row.reply_to.author == made.post.author
                row.author = dice.choice(others)[0] if answers_author else made.post.author
                row.content = self._chance.reply(dice)
            else:
                row.author, author = dice.choice(others)
                row.content = self._chance.comment(dice, author, made.draft.topic)
            rows.append(row)
        return iter(rows)

    def _soon_after(self, made: Made) -> datetime:
        """A moment after the post and before now; early ones are likelier."""
        created = made.post.created_at
        return created + (self._plan.now - created) * made.dice.random() ** 4


def _create(comments: list[Comment]) -> int:
    """Save comments, each after the one that it answers; return how many."""
    waiting = comments
    while waiting:
        Comment.objects.bulk_create(
            [row for row in waiting if row.reply_to is None or row.reply_to.pk]
        )
        waiting = [row for row in waiting if not row.pk]
    return len(comments)


def _long_tail(dice: Random, slope: float, most: int) -> int:
    """A number from 0 to `most`: mostly 0 or 1, rarely a large one."""
    count = int(dice.paretovariate(slope)) - 1
    return count if count <= most else dice.randint(0, most)
