"""The rows of a demo: posts with their likes and comments, batch by batch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from posts.demo import chance
from posts.demo.chance import Draft
from posts.demo.gallery import Gallery
from posts.demo.people import Author
from posts.demo.plan import Plan
from posts.demo.story import Said, Story
from posts.models import Comment, Like, Post, User

BATCH = 1_000
LIKE_SECONDS = 90  # how long it takes until one more may have liked a post
REPLY_SHARE = 0.35

Cast = Sequence[tuple[User, Author]]


class Made(NamedTuple):
    """A post, and what the rows that follow it are made from."""

    post: Post
    dice: Random
    draft: Draft
    story: Story | None


class Seeding:
    def __init__(self, cast: Cast, plan: Plan, gallery: Gallery) -> None:
        self._cast = cast
        self._users = {user.username: user for user, _ in cast}
        self._plan = plan
        self._gallery = gallery
        # A few people write much, and most write now and then.
        self._weights = [1 / (place + 3) for place in range(len(cast))]

    def add(self, numbers: Iterable[int]) -> tuple[int, int]:
        """Add the posts of these numbers with what follows them; return the counts of that."""
        likes = comments = 0
        # The oldest first, so that ids grow with time as they do in life.
        planned = iter(sorted((self._plan.moment(number), number) for number in numbers))
        while batch := list(islice(planned, BATCH)):
            made = [self._make(number, moment) for moment, number in batch]
            Post.objects.bulk_create([one.post for one in made])
            likes += len(
                Like.objects.bulk_create([row for one in made for row in self._likes(one)])
            )
            comments += _create([row for one in made for row in self._comments(one)])
        return likes, comments

    def _make(self, number: int, moment: datetime) -> Made:
        dice, story = self._plan.dice(number, "what"), self._plan.story(number)
        user, author = dice.choices(self._cast, weights=self._weights)[0]
        if story is None:
            draft = chance.post(dice, author)
        else:
            # Somebody else tells it if the name belongs to a person here.
            user, draft = self._users.get(story.author, user), Draft(story.text)
        post = Post(
            author=user, content=draft.text, created_at=moment, external_id=f"demo:{number}"
        )
        if story and story.edited:
            post.updated_at = moment + min(timedelta(minutes=9), (self._plan.now - moment) / 2)
        if story and story.picture:
            hung = self._gallery.of_post(story.picture.draw, self._plan.dice(number, "picture"))
            post.image, post.image_alt = hung.name, story.picture.alt
            post.image_width, post.image_height = hung.width, hung.height
            post.image_bytes = hung.size
        return Made(post, dice, draft, story)

    def _likes(self, made: Made) -> Iterator[Like]:
        dice, most = made.dice, len(self._users)
        count = (
            round(dice.triangular(0, most, most / 4)) if made.story else _long_tail(dice, 1.0, most)
        )
        soonest = (self._plan.now - made.post.created_at).total_seconds() / LIKE_SECONDS
        for user in dice.sample(list(self._users.values()), k=min(count, round(soonest))):
            yield Like(post=made.post, user=user, created_at=self._soon_after(made))

    def _comments(self, made: Made) -> Iterator[Comment]:
        if made.story:
            return self._thread(made, made.story.thread, made.post.created_at)
        return self._chatter(made)

    def _thread(
        self, made: Made, thread: Sequence[Said], after: datetime, answered: Comment | None = None
    ) -> Iterator[Comment]:
        """What was said to a story as far as there was time for it, each after the one before."""
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

    def _chatter(self, made: Made) -> Iterator[Comment]:
        dice, rows = made.dice, list[Comment]()
        others = [one for one in self._cast if one[0] != made.post.author]
        for moment in sorted(self._soon_after(made) for _ in range(_long_tail(dice, 1.3, 20))):
            row = Comment(post=made.post, created_at=moment)
            if rows and dice.random() < REPLY_SHARE:
                row.reply_to = dice.choice(rows)
                theirs = row.reply_to.author == made.post.author
                row.author = dice.choice(others)[0] if theirs else made.post.author
                row.content = chance.reply(dice)
            else:
                row.author, author = dice.choice(others)
                row.content = chance.comment(dice, author, made.draft)
            rows.append(row)
        return iter(rows)

    def _soon_after(self, made: Made) -> datetime:
        """Soon after the post, rather than late, and not in the future."""
        created = made.post.created_at
        return created + (self._plan.now - created) * made.dice.random() ** 4


def _create(comments: list[Comment]) -> int:
    """Save them, those that are answered before their answers."""
    waiting = comments
    while waiting:
        Comment.objects.bulk_create(
            [row for row in waiting if row.reply_to is None or row.reply_to.pk]
        )
        waiting = [row for row in waiting if not row.pk]
    return len(comments)


def _long_tail(dice: Random, slope: float, most: int) -> int:
    """From 0 to `most`: mostly none or one, and once in a while a great many."""
    count = int(dice.paretovariate(slope)) - 1
    return count if count <= most else dice.randint(0, most)
