"""The demo's files: images in the format of stored uploads, and valid texts."""

import re
from collections import Counter

from demo.loader import IMAGES, content
from posts import webp
from posts.images import AVATAR_SIDE
from posts.models import Post, User
from posts.text import MENTION

MAX_SIDE_PIXELS = 1_280
MAX_FILE_BYTES = 45_000
MAX_BYTES = 1_000_000

FILES = sorted(IMAGES.iterdir())
STORIES = [story for story in content().stories if story.images]
PEOPLE = [person for person in content().people if person.picture]


def data_of(name: str) -> bytes:
    return (IMAGES / name).read_bytes()


def test_images_of_posts_are_webp_of_the_permitted_size() -> None:
    sizes = {story.images[0].file: webp.size(data_of(story.images[0].file)) for story in STORIES}
    assert not {name: size for name, size in sizes.items() if max(size) > MAX_SIDE_PIXELS}
    assert not [name for name in sizes if len(data_of(name)) > MAX_FILE_BYTES]


def test_images_of_people_are_webp_of_the_displayed_size() -> None:
    sizes = {person.picture: webp.size(data_of(person.picture)) for person in PEOPLE}
    assert set(sizes.values()) == {(AVATAR_SIDE, AVATAR_SIDE)}, sizes


def test_each_image_is_the_first_of_one_post_or_of_one_person() -> None:
    first = [story.images[0].file for story in STORIES]
    used = Counter([*first, *(person.picture for person in PEOPLE)])
    assert used == Counter(path.name for path in FILES)


def test_images_differ_and_are_small_in_total() -> None:
    data = [path.read_bytes() for path in FILES]
    assert len(set(data)) == len(data)
    assert sum(map(len, data)) < MAX_BYTES


def test_images_include_extreme_aspect_ratios() -> None:
    sizes = [webp.size(data_of(story.images[0].file)) for story in STORIES]
    ratios = [width / height for width, height in sizes]
    assert min(ratios) < 0.5
    assert max(ratios) > 3
    assert min(width for width, _ in sizes) < 200


def test_posts_with_two_three_and_four_images_are_among_the_stories() -> None:
    assert {len(story.images) for story in STORIES} == {1, 2, 3, 4}


def test_alternative_texts_are_long_and_unique() -> None:
    alts = [story.images[0].alt for story in STORIES]
    assert len(set(alts)) == len(alts)
    assert not [alt for alt in alts if len(alt) < 25 or not alt.endswith((".", "。"))]


def test_stories_are_valid_posts() -> None:
    for story in content().stories:
        post = Post(external_id="demo:1", content=story.text)
        for image in story.images:
            post.image, post.image_alt = image
            post.clean_fields(exclude=["author", "updated_at"])
        post.clean_fields(exclude=["author", "updated_at"])


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
