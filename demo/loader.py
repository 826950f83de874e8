"""The demo's content, read from `content/*.toml` and validated."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from demo.tables import ContentError, Table, checked_text
from posts.models import (
    BIO_MAX_LENGTH,
    COMMENT_MAX_LENGTH,
    CONTENT_WARNING_MAX_LENGTH,
    DISPLAY_NAME_MAX_LENGTH,
    IMAGE_ALT_MAX_LENGTH,
    POST_MAX_LENGTH,
)
from posts.post_images import MAX_IMAGES

CONTENT = Path(__file__).parent / "content"
IMAGES = Path(__file__).parent / "images"
NAME_MAX_LENGTH = 80  # of names within the content: usernames, topics, languages, files, hashtags
SLOT = re.compile(r"\{(\w*)\}")
FRIEND = "friend"  # the slot for a mention


class Author(NamedTuple):
    username: str
    display_name: str
    bio: str
    topics: tuple[str, ...]  # names of topics
    language: str  # name of a second language, or empty
    picture: str  # a file in IMAGES, or empty


class ThreadComment(NamedTuple):
    """A comment on a story and the replies to it."""

    author: str
    text: str
    replies: tuple["ThreadComment", ...]


class StoryImage(NamedTuple):
    file: str  # in IMAGES
    alt: str


class Story(NamedTuple):
    """A hand-written post with its comments."""

    author: str
    text: str  # may be empty with an image
    content_warning: str
    images: tuple[StoryImage, ...]
    edited: bool
    versions: tuple[str, ...]  # its texts before the edits, the oldest first
    thread: tuple[ThreadComment, ...]


class Topic(NamedTuple):
    """Phrases on one topic."""

    tags: tuple[str, ...]
    sayings: tuple[str, ...]
    comments: tuple[str, ...]


class Language(NamedTuple):
    """Texts in a language other than English."""

    posts: tuple[str, ...]
    comments: tuple[str, ...]


class Phrases(NamedTuple):
    """Templates without a topic, and the values of their slots."""

    short: tuple[str, ...]
    lists: tuple[str, ...]
    comments: tuple[str, ...]
    replies: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]


class Content(NamedTuple):
    """All content of the demo."""

    people: tuple[Author, ...]
    stories: tuple[Story, ...]
    topics: dict[str, Topic]
    languages: dict[str, Language]
    phrases: Phrases


@cache
def content() -> Content:
    """Return the demo's content.

    Raises:
        ContentError: as `load`.
    """
    return load(CONTENT, IMAGES)


def load(directory: Path, images_directory: Path) -> Content:
    """Read the TOML files of a directory.

    Raises:
        ContentError: a file is missing or no TOML; a key is missing, unknown or of a wrong type; a
            text is longer than the model permits; a name refers to nothing.
    """
    files = {
        name: Table.of_file(directory / f"{name}.toml")
        for name in ("phrases", "topics", "languages", "people", "stories")
    }
    phrases = _phrases(files["phrases"])
    topics = {
        name: _topic(table, phrases) for name, table in files["topics"].named_tables().items()
    }
    languages = {
        name: _language(table, phrases) for name, table in files["languages"].named_tables().items()
    }
    images = frozenset(path.name for path in images_directory.glob("*.webp"))
    people = tuple(
        _author(table, topics, languages, images) for table in files["people"].tables("people")
    )
    names = frozenset(author.username for author in people)
    if len(names) < len(people):
        raise ContentError("people.toml: two people have the same username")
    stories = tuple(_story(table, names, images) for table in files["stories"].tables("stories"))
    for table in files.values():
        table.end()
    return Content(people, stories, topics, languages, phrases)


def _phrases(table: Table) -> Phrases:
    slots = table.table("slots")
    phrases = Phrases(
        short=table.texts("short", max_length=POST_MAX_LENGTH),
        lists=table.texts("lists", max_length=POST_MAX_LENGTH),
        comments=table.texts("comments", max_length=COMMENT_MAX_LENGTH),
        replies=table.texts("replies", max_length=COMMENT_MAX_LENGTH),
        slots={name: slots.texts(name, max_length=NAME_MAX_LENGTH) for name in slots.names()},
    )
    for texts in (phrases.short, phrases.lists, phrases.comments, phrases.replies):
        _check_slots(texts, phrases, table)
    return phrases


def _topic(table: Table, phrases: Phrases) -> Topic:
    topic = Topic(
        tags=table.texts("tags", max_length=NAME_MAX_LENGTH),
        sayings=table.texts("sayings", max_length=POST_MAX_LENGTH),
        comments=table.texts("comments", max_length=COMMENT_MAX_LENGTH),
    )
    _check_slots([*topic.sayings, *topic.comments], phrases, table)
    table.end()
    return topic


def _language(table: Table, phrases: Phrases) -> Language:
    language = Language(
        posts=table.texts("posts", max_length=POST_MAX_LENGTH),
        comments=table.texts("comments", max_length=COMMENT_MAX_LENGTH),
    )
    _check_slots(language.posts, phrases, table)
    table.end()
    return language


def _author(
    table: Table, topics: dict[str, Topic], languages: dict[str, Language], images: frozenset[str]
) -> Author:
    author = Author(
        username=table.text("username", max_length=NAME_MAX_LENGTH),
        display_name=table.text("display_name", max_length=DISPLAY_NAME_MAX_LENGTH),
        bio=table.text("bio", max_length=BIO_MAX_LENGTH),
        topics=table.texts("topics", max_length=NAME_MAX_LENGTH),
        language=table.text("language", max_length=NAME_MAX_LENGTH, default=""),
        picture=table.text("picture", max_length=NAME_MAX_LENGTH, default=""),
    )
    for topic in author.topics:
        _check_name(topic, topics, "topic", table)
    if author.language:
        _check_name(author.language, languages, "language", table)
    if author.picture:
        _check_name(author.picture, images, "image", table)
    table.end()
    return author


def _story(table: Table, names: frozenset[str], images: frozenset[str]) -> Story:
    story = Story(
        author=table.text("author", max_length=NAME_MAX_LENGTH),
        text=table.text("text", max_length=POST_MAX_LENGTH),
        content_warning=table.text(
            "content_warning", max_length=CONTENT_WARNING_MAX_LENGTH, default=""
        ),
        images=_images(table, images),
        edited=table.flag("edited"),
        versions=table.texts("versions", max_length=POST_MAX_LENGTH, optional=True),
        thread=tuple(_thread_comment(item, names, table) for item in table.items("thread")),
    )
    _check_name(story.author, names, "username", table)
    if story.versions and not story.edited:
        raise ContentError(f"{table.place}: a story with versions is edited")
    table.end()
    return story


def _images(table: Table, known: frozenset[str]) -> tuple[StoryImage, ...]:
    """Read image and image_alt, and those of `more`: a list of [image, image_alt]."""
    image = table.text("image", max_length=NAME_MAX_LENGTH, default="")
    alt = table.text("image_alt", max_length=IMAGE_ALT_MAX_LENGTH, default="")
    if bool(image) != bool(alt):
        raise ContentError(f"{table.place}: image and image_alt belong together")
    found = [StoryImage(image, alt)] if image else []
    for item in table.items("more"):
        match item:
            case [str(file), text]:
                place = f"{table.place}: more"
                checked = checked_text(text, place, max_length=IMAGE_ALT_MAX_LENGTH)
                found.append(StoryImage(file, checked))
            case _:
                raise ContentError(f"{table.place}: more: {item!r} must be [image, image_alt]")
    if len(found) > (MAX_IMAGES if image else 0):
        raise ContentError(f"{table.place}: more: up to {MAX_IMAGES} images, `image` the first")
    for one in found:
        _check_name(one.file, known, "image", table)
    return tuple(found)


def _thread_comment(item: Any, names: frozenset[str], table: Table) -> ThreadComment:
    """Read [author, text, answers...], where each answer is such a list."""
    match item:
        case [str(author), text, *replies]:
            _check_name(author, names, "username", table)
            place = f"{table.place}: thread"
            return ThreadComment(
                author,
                checked_text(text, place, max_length=COMMENT_MAX_LENGTH),
                tuple(_thread_comment(reply, names, table) for reply in replies),
            )
    raise ContentError(f"{table.place}: thread: {item!r} must be [author, text, answers...]")


def _check_name(name: str, known: Iterable[str], kind: str, table: Table) -> None:
    if name not in known:
        raise ContentError(f"{table.place}: there is no {kind} {name!r}")


def _check_slots(texts: Iterable[str], phrases: Phrases, table: Table) -> None:
    for text in texts:
        for slot in SLOT.findall(text):
            if slot != FRIEND:
                _check_name(slot, phrases.slots, "slot", table)
