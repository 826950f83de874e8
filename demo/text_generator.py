"""Random posts, comments and replies, generated from phrases."""

import re
from random import Random
from typing import NamedTuple

from demo.loader import Author, Content, Topic

# Share of each kind of post, and of posts in a second language by the people who speak one.
KINDS = {"saying": 0.9, "list": 0.06, "short": 0.04}
OTHER_LANGUAGE_SHARE = 0.15
ON_TOPIC_SHARE = 0.65


class Draft(NamedTuple):
    text: str
    topic: Topic | None = None


class TextGenerator:
    """A generator of texts from the phrases of `content`. The same `rng` gives the same text."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._phrases = content.phrases

    def post(self, rng: Random, author: Author) -> Draft:
        """Return a post by `author`: mostly one or two sayings on one of their topics."""
        if author.language and rng.random() < OTHER_LANGUAGE_SHARE:
            posts = self._content.languages[author.language].posts
            return Draft(self._filled(rng, rng.choice(posts), author.username))
        match rng.choices(list(KINDS), weights=list(KINDS.values()))[0]:
            case "list":
                return Draft(self._filled(rng, rng.choice(self._phrases.lists), author.username))
            case "short":
                return Draft(self._filled(rng, rng.choice(self._phrases.short), author.username))
        topic = self._content.topics[rng.choice(author.topics)]
        chosen_sayings = rng.sample(topic.sayings, k=rng.choice((1, 1, 1, 1, 2)))
        text = "\n\n".join(self._filled(rng, saying, author.username) for saying in chosen_sayings)
        tags = rng.sample(topic.tags, k=min(len(topic.tags), rng.choice((0, 0, 1, 1, 2))))
        hashtags = [f"#{tag}" for tag in tags if f"#{tag}" not in text]
        return Draft(" ".join([text, *hashtags]), topic)

    def comment(self, rng: Random, author: Author, topic: Topic | None) -> str:
        """Return a comment by `author` on a post, mostly on its topic if it has one."""
        if author.language and rng.random() < OTHER_LANGUAGE_SHARE:
            return rng.choice(self._content.languages[author.language].comments)
        on_topic = topic is not None and rng.random() < ON_TOPIC_SHARE
        comments = topic.comments if topic and on_topic else self._phrases.comments
        return self._filled(rng, rng.choice(comments))

    def reply(self, rng: Random) -> str:
        """Return a reply to a comment."""
        return self._filled(rng, rng.choice(self._phrases.replies))

    def _filled(self, rng: Random, template: str, author: str = "") -> str:
        """Return the template with each slot filled and each sentence capitalised."""
        chosen = {
            slot: rng.choice(values)
            for slot, values in self._phrases.slots.items()
            if f"{{{slot}}}" in template
        }
        text = re.sub(
            r"\{(\w+)\}", lambda slot: chosen.get(slot[1]) or self._friend(rng, author), template
        )
        return re.sub(r"(^|[.!?] |\n)([a-z])", lambda start: start[1] + start[2].upper(), text)

    def _friend(self, rng: Random, author: str) -> str:
        """Return a mention of a person other than the author."""
        names = [person.username for person in self._content.people if person.username != author]
        return f"@{rng.choice(names)}"
