"""Errors in the demo's content name the file and the place."""

import shutil
from pathlib import Path

import pytest

from demo.loader import CONTENT, IMAGES, content, load
from demo.tables import ContentError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_copy_of_the_content_loads_equally(copy: Path) -> None:
    assert load(copy, IMAGES) == content()


@pytest.mark.parametrize(
    ("file", "old", "new", "error"),
    [
        ("people", 'username = "ines"', 'name = "ines"', "people 6: username is missing"),
        ("people", 'username = "ines"', 'username = "leila"', "two people have the same username"),
        ("people", 'username = "ines"', "username = 6", "people 6: username must be a string"),
        ("people", 'username = "ines"', 'username = "ines"\nage = 6', "people 6: unknown key age"),
        ("people", 'bio = "', f'bio = "{"x" * 300}', "people 1: bio: 4.. characters, up to 300"),
        ("people", 'topics = ["garden"', 'topics = ["gardn"', "there is no topic 'gardn'"),
        ("people", 'language = "ar"', 'language = "xx"', "people 2: there is no language 'xx'"),
        ("people", '"portrait-leila.webp"', '"a.webp"', "people 2: there is no image 'a.webp'"),
        ("people", "[[people]]", "[people]", "people.toml"),
        ("stories", 'author = "ines"', 'author = "inez"', "stories 1: there is no username 'inez'"),
        ("stories", 'image = "loaf.webp"', "", "stories 1: image and image_alt belong together"),
        ("stories", "loaf.webp", "load.webp", "stories 1: there is no image 'load.webp'"),
        ("stories", 'image = "loaf', 'more = [[]]\nimage = "loaf', r"more: \[\] must be"),
        ("stories", '["bjorn", "Flour', '["b", "Flour', "stories 1: there is no username 'b'"),
        ("stories", '["bjorn", "Flour', '["bjorn", 1, "', "stories 1: thread: 1 must be a string"),
        ("stories", "thread = [\n", 'thread = [\n["ines"],\n', r"must be \[author, text, answers"),
        ("stories", 'author = "ines"', 'author = "ines"\nedited = 1', "edited must be true or fal"),
        ("people", 'topics = ["garden"', 'topics = "a"\nx = ["b"', "topics must be a list"),
        ("topics", "{bread}", "{bred}", "topics.toml: kitchen: there is no slot 'bred'"),
        ("topics", "[kitchen]", "kitchen = 1\n[garden2]", "topics.toml: kitchen must be a table"),
        ("topics", "tags = [", "tags = []\nx = [", "topics.toml: kitchen: tags: the list is empty"),
        ("languages", "posts = [\n", 'posts = [\n" ",\n', "languages.toml: ar: posts: the text is"),
        ("phrases", "\n[slots]", "\n[slots]\nx = 1", "phrases.toml: slots: x must be a list"),
        ("phrases", "short = [", "shorts = [", "phrases.toml: short is missing"),
        ("phrases", "short = [", "short = (", "phrases.toml: Invalid value"),
    ],
)
def test_error_names_file_and_place(copy: Path, file: str, old: str, new: str, error: str) -> None:
    change(copy / f"{file}.toml", old, new)
    with pytest.raises(ContentError, match=error):
        load(copy, IMAGES)


def test_error_names_a_missing_file(copy: Path) -> None:
    (copy / "topics.toml").unlink()
    with pytest.raises(ContentError, match=r"topics\.toml: .*No such file"):
        load(copy, IMAGES)


def test_error_names_a_too_long_comment(copy: Path) -> None:
    change(copy / "stories.toml", '["bjorn", "Flour', f'["bjorn", "{"x" * 2_000}')
    with pytest.raises(ContentError, match=r"stories 1: thread: 2,0.* characters, up to 2,000"):
        load(copy, IMAGES)


def test_unknown_top_level_key_is_refused(copy: Path) -> None:
    path = copy / "people.toml"
    path.write_text("more = 1\n" + path.read_text())
    with pytest.raises(ContentError, match=r"people\.toml: unknown key more"):
        load(copy, IMAGES)
