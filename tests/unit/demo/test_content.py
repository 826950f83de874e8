"""What the demo's files hold: pictures as posts store them, each of them used, and good texts."""

import re
from collections import Counter

from demo.loader import PICTURES, content
from posts import webp
from posts.images import PERSON_SIDE
from posts.models import Post, User
from posts.text import MENTION

MAX_SIDE_PIXELS = 1_280
MAX_FILE_BYTES = 45_000
MAX_BYTES = 1_000_000

FILES = sorted(PICTURES.iterdir())
STORIES = [story for story in content().stories if story.image]
PEOPLE = [person for person in content().people if person.picture]


def data_of(name: str) -> bytes:
    return (PICTURES / name).read_bytes()


def test_images_of_posts_are_webp_of_the_permitted_size() -> None:
    sizes = {story.image: webp.size(data_of(story.image)) for story in STORIES}
    assert not {name: size for name, size in sizes.items() if max(size) > MAX_SIDE_PIXELS}
    assert not [name for name in sizes if len(data_of(name)) > MAX_FILE_BYTES]


def test_pictures_of_people_are_webp_of_the_size_that_is_shown() -> None:
    sizes = {person.picture: webp.size(data_of(person.picture)) for person in PEOPLE}
    assert set(sizes.values()) == {(PERSON_SIDE, PERSON_SIDE)}, sizes


def test_each_picture_is_used_once() -> None:
    used = Counter([*(story.image for story in STORIES), *(person.picture for person in PEOPLE)])
    assert used == Counter(path.name for path in FILES)


def test_no_two_pictures_are_the_same_and_all_together_are_small() -> None:
    data = [path.read_bytes() for path in FILES]
    assert len(set(data)) == len(data)
    assert sum(map(len, data)) < MAX_BYTES


def test_there_are_images_of_odd_shapes() -> None:
    sizes = [webp.size(data_of(story.image)) for story in STORIES]
    ratios = [width / height for width, height in sizes]
    assert min(ratios) < 0.5
    assert max(ratios) > 3
    assert min(width for width, _ in sizes) < 200


def test_alternative_texts_describe_and_differ() -> None:
    alts = [story.image_alt for story in STORIES]
    assert len(set(alts)) == len(alts)
    assert not [alt for alt in alts if len(alt) < 25 or not alt.endswith((".", "。"))]


def test_stories_are_valid_posts() -> None:
    for story in content().stories:
        fields = {"content": story.text, "image": story.image, "image_alt": story.image_alt}
        Post(external_id="demo:1", **fields).clean_fields(exclude=["author", "updated_at"])


def test_people_have_valid_names_and_texts() -> None:
    for person in content().people:
        user = User(username=person.username, display_name=person.display_name, bio=person.bio)
        user.clean_fields(exclude=["password"])


def test_hand_written_texts_mention_people_of_the_demo_only() -> None:
    names = {person.username for person in content().people}
    mentioned = {name for story in content().stories for name in MENTION.findall(story.text)}
    assert mentioned
    assert mentioned <= names


def test_hashtags_of_topics_are_words() -> None:
    tags = [tag for topic in content().topics.values() for tag in topic.tags]
    assert not [tag for tag in tags if not re.fullmatch(r"\w+", tag)]
