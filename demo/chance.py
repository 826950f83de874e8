"""Posts, comments and replies made from phrases, for posts that are no stories."""

import re
from random import Random
from typing import NamedTuple

from demo.loader import Author, Content, Topic

# How often a post is of which kind, and how often speakers of another language write in it.
KINDS = {"saying": 0.9, "list": 0.06, "short": 0.04}
OTHER_LANGUAGE_SHARE = 0.15
ON_TOPIC_SHARE = 0.65


class Draft(NamedTuple):
    text: str
    topic: Topic | None = None


class Chance:
    """Makes texts from the phrases of `content`. The same dice make the same text."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._phrases = content.phrases

    def post(self, dice: Random, author: Author) -> Draft:
        """Return a post by `author`: mostly one or two sayings on a topic of theirs."""
        if author.language and dice.random() < OTHER_LANGUAGE_SHARE:
            posts = self._content.languages[author.language].posts
            return Draft(self._filled(dice, dice.choice(posts), author.username))
        match dice.choices(list(KINDS), weights=list(KINDS.values()))[0]:
            case "list":
                return Draft(self._filled(dice, dice.choice(self._phrases.lists), author.username))
            case "short":
                return Draft(self._filled(dice, dice.choice(self._phrases.short), author.username))
        topic = self._content.topics[dice.choice(author.topics)]
        said = dice.sample(topic.sayings, k=dice.choice((1, 1, 1, 1, 2)))
        text = "\n\n".join(self._filled(dice, saying, author.username) for saying in said)
        tags = dice.sample(topic.tags, k=min(len(topic.tags), dice.choice((0, 0, 1, 1, 2))))
        hashtags = [f"#{tag}" for tag in tags if f"#{tag}" not in text]
        return Draft(" ".join([text, *hashtags]), topic)

    def comment(self, dice: Random, author: Author, topic: Topic | None) -> str:
        """Return a comment by `author` on a post, mostly on its topic if it has one."""
        if author.language and dice.random() < OTHER_LANGUAGE_SHARE:
            return dice.choice(self._content.languages[author.language].comments)
        on_topic = topic is not None and dice.random() < ON_TOPIC_SHARE
        comments = topic.comments if topic and on_topic else self._phrases.comments
        return self._filled(dice, dice.choice(comments))

    def reply(self, dice: Random) -> str:
        return self._filled(dice, dice.choice(self._phrases.replies))

    def _filled(self, dice: Random, template: str, author: str = "") -> str:
        """Fill each slot, and begin each sentence with a capital letter."""
        chosen = {
            slot: dice.choice(values)
            for slot, values in self._phrases.slots.items()
            if f"{{{slot}}}" in template
        }
        text = re.sub(
            r"\{(\w+)\}", lambda slot: chosen.get(slot[1]) or self._friend(dice, author), template
        )
        return re.sub(r"(^|[.!?] |\n)([a-z])", lambda start: start[1] + start[2].upper(), text)

    def _friend(self, dice: Random, author: str) -> str:
        """A mention of another person than the author."""
        names = [person.username for person in self._content.people if person.username != author]
        return f"@{dice.choice(names)}"
