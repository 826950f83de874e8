"""Creation of demo posts with their likes and comments, in batches."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from demo.gallery import Gallery
from demo.loader import Author, Story, ThreadComment
from demo.plan import Plan
from demo.text_generator import Draft, TextGenerator
from posts.models import Comment, Like, Post, PostVersion, User
from posts.post_images import PostImage, image_columns

BATCH_POSTS = 1_000
SECONDS_BETWEEN_LIKES = 90  # a post gets at most one like per this many seconds of its age
EDITED_AFTER = timedelta(minutes=9)
REPLY_SHARE = 0.35

Participants = Sequence[tuple[User, Author]]


class SeededPost(NamedTuple):
    """A created post, and the data for its likes and comments."""

    post: Post
    rng: Random
    draft: Draft
    story: Story | None


class Seeding:
    """A writer of demo posts by `participants`."""

    def __init__(
        self, participants: Participants, plan: Plan, generator: TextGenerator, gallery: Gallery
    ) -> None:
        self._participants = participants
        self._users = {user.username: user for user, _ in participants}
        self._plan = plan
        self._chance = generator
        self._gallery = gallery
        # A few people write many posts, and most write few.
        self._weights = [1 / (place + 3) for place in range(len(participants))]

    def add(self, numbers: Iterable[int]) -> tuple[int, int]:
        """Add the posts of these numbers; return how many likes and comments were added."""
        likes = comments = 0
        # The oldest first, so that ids grow with time like those of real posts.
        planned = iter(sorted((self._plan.moment(number), number) for number in numbers))
        while batch := list(islice(planned, BATCH_POSTS)):
            seeded = [self._make(number, moment) for moment, number in batch]
            Post.objects.bulk_create([item.post for item in seeded])
            PostVersion.objects.bulk_create([row for item in seeded for row in _versions(item)])
            likes += len(
                Like.objects.bulk_create([row for item in seeded for row in self._likes(item)])
            )
            comments += _create([row for item in seeded for row in self._comments(item)])
        return likes, comments

    def _make(self, number: int, moment: datetime) -> SeededPost:
        rng, story = self._plan.rng(number, "what"), self._plan.story(number)
        user, author = rng.choices(self._participants, weights=self._weights)[0]
        if story is None:
            draft = self._chance.post(rng, author)
        else:
            # A random author if a real person of this site has the name of the story's author.
            user, draft = self._users.get(story.author, user), Draft(story.text)
        post = Post(
            author=user, content=draft.text, created_at=moment, external_id=f"demo:{number}"
        )
        if story:
            post.content_warning = story.content_warning
        if story and story.edited:
            post.updated_at = moment + min(EDITED_AFTER, (self._plan.now - moment) / 2)
        if story and story.images:
            for name, value in image_columns(self._images(story)).items():
                setattr(post, name, value)
        return SeededPost(post, rng, draft, story)

    def _images(self, story: Story) -> list[PostImage]:
        stored = [(self._gallery.of_post(image.file), image.alt) for image in story.images]
        return [
            PostImage(file.name, alt, file.width, file.height, file.size) for file, alt in stored
        ]

    def _likes(self, seeded: SeededPost) -> Iterator[Like]:
        rng, people = seeded.rng, len(self._users)
        count = (
            round(rng.triangular(0, people, people / 4))
            if seeded.story
            else _long_tail(rng, 1.0, people)
        )
        age_seconds = (self._plan.now - seeded.post.created_at).total_seconds()
        count = min(count, round(age_seconds / SECONDS_BETWEEN_LIKES))
        for user in rng.sample(list(self._users.values()), k=count):
            yield Like(post=seeded.post, user=user, created_at=self._soon_after(seeded))

    def _comments(self, seeded: SeededPost) -> Iterator[Comment]:
        if seeded.story:
            return self._thread(seeded, seeded.story.thread, seeded.post.created_at)
        return self._random_comments(seeded)

    def _thread(
        self,
        seeded: SeededPost,
        thread: Sequence[ThreadComment],
        after: datetime,
        answered: Comment | None = None,
    ) -> Iterator[Comment]:
        """Yield the comments on a story, each later than the one before, up to now."""
        for comment in thread:
            after += timedelta(minutes=1 + seeded.rng.expovariate(1 / 7))
            user = self._users.get(comment.author)
            if user and after < self._plan.now:
                row = Comment(
                    post=seeded.post,
                    author=user,
                    content=comment.text,
                    created_at=after,
                    reply_to=answered,
                )
                yield row
                yield from self._thread(seeded, comment.replies, after, row)

    def _random_comments(self, seeded: SeededPost) -> Iterator[Comment]:
        rng, rows = seeded.rng, list[Comment]()
        others = [
            (user, author) for user, author in self._participants if user != seeded.post.author
        ]
        for moment in sorted(self._soon_after(seeded) for _ in range(_long_tail(rng, 1.3, 20))):
            row = Comment(post=seeded.post, created_at=moment)
            if rows and rng.random() < REPLY_SHARE:
                row.reply_to = rng.choice(rows)
                answers_author = row.reply_to.author == seeded.post.author
                row.author = rng.choice(others)[0] if answers_author else seeded.post.author
                row.content = self._chance.reply(rng)
            else:
                row.author, author = rng.choice(others)
                row.content = self._chance.comment(rng, author, seeded.draft.topic)
            rows.append(row)
        return iter(rows)

    def _soon_after(self, seeded: SeededPost) -> datetime:
        """Return a random time between the post and now; early times are more likely."""
        created = seeded.post.created_at
        return created + (self._plan.now - created) * seeded.rng.random() ** 4


def _versions(seeded: SeededPost) -> Iterator[PostVersion]:
    """Yield what a story said before its edits, which lie evenly between its two times."""
    texts = seeded.story.versions if seeded.story else ()
    post, written_at = seeded.post, seeded.post.created_at
    for number, text in enumerate(texts, 1):
        replaced_at = post.created_at + (post.updated_at - post.created_at) * number / len(texts)
        yield PostVersion(post=post, content=text, written_at=written_at, replaced_at=replaced_at)
        written_at = replaced_at


def _create(comments: list[Comment]) -> int:
    """Save comments, each after the one that it answers; return their number."""
    waiting = comments
    while waiting:
        Comment.objects.bulk_create(
            [row for row in waiting if row.reply_to is None or row.reply_to.pk]
        )
        waiting = [row for row in waiting if not row.pk]
    return len(comments)


def _long_tail(rng: Random, slope: float, maximum: int) -> int:
    """Return a number from 0 to `maximum`: mostly 0 or 1, rarely a large one."""
    count = int(rng.paretovariate(slope)) - 1
    return count if count <= maximum else rng.randint(0, maximum)
