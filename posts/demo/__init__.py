# ruff: noqa: RUF001 -- many scripts are the point
"""What the people of a demo write: fragments that `seed_demo` puts together by chance.

All of it is made up, and every address is under example.org or example.com.
"""

import re
from random import Random
from typing import NamedTuple

from posts.demo.long_reads import LONG_READS
from posts.demo.phrases import COMMENTS, LISTS, OTHER_LANGUAGES, SHORT, SLOTS, TOPICS


class Author(NamedTuple):
    username: str
    display_name: str
    language: str = ""  # one of OTHER_LANGUAGES, now and then, and English else


AUTHORS = (
    Author("amara.okafor", "Amara Okafor"),
    Author("leila", "ليلى حداد", "ar"),
    Author("tom_h", "Tom Hargreaves"),
    Author("priya", "Priya Nair"),
    Author("takumi", "佐藤 匠", "ja"),
    Author("ines", "Inés Aguirre", "es"),
    Author("bjorn", "Bjørn Halvorsen"),
    Author("dafna", "דפנה לוי", "he"),
    Author("lindiwe", "Lindiwe Dlamini"),
    Author("elena_p", "Елена Петрова", "ru"),
    Author("oisin", "Oisín Byrne"),
    Author("hana", "김하나", "ko"),
    Author("mateus", "Mateus Oliveira", "pt"),
    Author("sanne", "Sanne de Vries"),
    Author("vikram", "विक्रम सिंह", "hi"),
    Author("rosa.q", "Rosa Quispe", "es"),
    Author("farid", "فرید رحیمی", "fa"),
    Author("giulia", "Giulia Conti"),
    Author("kofi", "Kofi Mensah"),
    Author("wei", "陈伟", "zh"),
    Author("aroha", "Aroha Ngata"),
    Author("zeynep", "Zeynep Aydın"),
    Author("quang", "Nguyễn Minh Quang"),
    Author("yannis", "Γιάννης Παππάς", "el"),
    Author("ulla", "Ulla Virtanen"),
    Author("nadia", "Nadia Benali"),
    Author("wanda", "Wanda Kowalczyk"),
    Author("marc", "Marc Tremblay"),
    Author("salma", "Salma El-Sayed", "ar"),
    Author("noor", "Noor Jansen"),
)

# How often a post is what; and how often a speaker of another language writes in it.
KINDS = {"sayings": 0.88, "list": 0.06, "short": 0.04, "long read": 0.02}
OTHER_LANGUAGE_SHARE = 0.3


def post_text(rng: Random, author: Author) -> str:
    """A post by `author`: mostly a sentence or two, at times a list, a long read or two emoji."""
    if author.language and rng.random() < OTHER_LANGUAGE_SHARE:
        said = rng.sample(OTHER_LANGUAGES[author.language], k=rng.choice((1, 1, 2)))
        return _fill(rng, " ".join(said))
    match rng.choices(list(KINDS), weights=list(KINDS.values()))[0]:
        case "list":
            return _fill(rng, rng.choice(LISTS))
        case "short":
            return _fill(rng, rng.choice(SHORT))
        case "long read":
            return _fill(rng, "{weather}, {drink}, and this.\n\n") + rng.choice(LONG_READS)
    tags, sayings = rng.choice(TOPICS)
    said = rng.sample(sayings, k=rng.choice((1, 1, 1, 2, 3)))
    text = rng.choice((" ", "\n\n")).join(_fill(rng, saying) for saying in said)
    if rng.choice((True, False, False)):
        text += " " + " ".join(rng.sample(tags.split(), k=rng.choice((1, 1, 2))))
    return text


def comment_text(rng: Random) -> str:
    return _fill(rng, rng.choice(COMMENTS))


def _fill(rng: Random, template: str) -> str:
    """Put something into each slot, and a capital at the start of each sentence."""
    text = re.sub(r"\{(\w+)\}", lambda slot: _chosen(rng, slot[1]), template)
    return re.sub(r"(^|[.!?] |\n)([a-z])", lambda start: start[1] + start[2].upper(), text)


def _chosen(rng: Random, slot: str) -> str:
    return f"@{rng.choice(AUTHORS).username}" if slot == "friend" else rng.choice(SLOTS[slot])
