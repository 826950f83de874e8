"""What chance lets the people of a demo say, once the stories have all been told."""

import re
from random import Random
from typing import NamedTuple

from posts.demo.languages import OTHER_COMMENTS, OTHER_LANGUAGES
from posts.demo.people import AUTHORS, Author
from posts.demo.phrases import COMMENTS, LISTS, REPLIES, SHORT, SLOTS
from posts.demo.topics import TOPICS

# How often a post is what; and how often a speaker of another language writes in it.
KINDS = {"saying": 0.9, "list": 0.06, "short": 0.04}
OTHER_LANGUAGE_SHARE = 0.15
ON_TOPIC_SHARE = 0.65


class Draft(NamedTuple):
    text: str
    topic: str = ""  # of TOPICS, if it has one


def post(dice: Random, author: Author) -> Draft:
    """A post by `author`: mostly a sentence or two on what they care for, at times a list."""
    if author.language and dice.random() < OTHER_LANGUAGE_SHARE:
        return Draft(_filled(dice, dice.choice(OTHER_LANGUAGES[author.language]), author.username))
    match dice.choices(list(KINDS), weights=list(KINDS.values()))[0]:
        case "list":
            return Draft(_filled(dice, dice.choice(LISTS), author.username))
        case "short":
            return Draft(_filled(dice, dice.choice(SHORT), author.username))
    name = dice.choice(author.topics.split())
    topic = TOPICS[name]
    said = dice.sample(topic.sayings, k=dice.choice((1, 1, 1, 1, 2)))
    text = "\n\n".join(_filled(dice, saying, author.username) for saying in said)
    tags = dice.sample(topic.tags, k=min(len(topic.tags), dice.choice((0, 0, 1, 1, 2))))
    return Draft(" ".join([text, *(f"#{tag}" for tag in tags if f"#{tag}" not in text)]), name)


def comment(dice: Random, author: Author, draft: Draft) -> str:
    """What somebody says to it: mostly about the same thing."""
    if author.language and dice.random() < OTHER_LANGUAGE_SHARE:
        return dice.choice(OTHER_COMMENTS[author.language])
    topic = TOPICS.get(draft.topic)
    said = topic.comments if topic and dice.random() < ON_TOPIC_SHARE else COMMENTS
    return _filled(dice, dice.choice(said))


def reply(dice: Random) -> str:
    return _filled(dice, dice.choice(REPLIES))


def _filled(dice: Random, template: str, author: str = "") -> str:
    """Put something into each slot, and a capital at the start of each sentence."""
    chosen = {
        slot: dice.choice(values) for slot, values in SLOTS.items() if f"{{{slot}}}" in template
    }
    text = re.sub(r"\{(\w+)\}", lambda slot: chosen.get(slot[1]) or _friend(dice, author), template)
    return re.sub(r"(^|[.!?] |\n)([a-z])", lambda start: start[1] + start[2].upper(), text)


def _friend(dice: Random, author: str) -> str:
    return f"@{dice.choice([friend for friend in AUTHORS if friend.username != author]).username}"
