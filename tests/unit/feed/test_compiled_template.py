"""Compiled templates: the HTML of Django's own rendering, for all values and templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from feed import compiled_template, page_templates
from feed.compiled_template import CompiledTemplate, compiled
from posts.links import id_path, word_path
from posts.models import POST_TEXTS, Post
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.test_views import page, signed_in

texts = st.text("a <&'\"\n#@.:/é\x02{%", max_size=30) | st.sampled_from(["x" * 701, "\n" * 13])
names = st.text("Aa<&'é", min_size=1, max_size=5)
ids = st.integers(1, 2_000).map(str)
numbers = st.sampled_from([0, 1, 2, 5, 1_234])
moments = st.datetimes().map(lambda at: f"{at.isoformat(timespec='microseconds')}Z")
users = st.fixed_dictionaries(
    {
        "id": ids,
        "username": st.sampled_from(["ada", "é&", "a/b", ".."]),
        "display_name": names,
        "avatar_url": st.none() | st.just("/media/a&b.webp"),
    }
)
urls = st.sampled_from(["/media/x.webp", "/media/am.webp", "https://e.org/<x>", "http://["])
images = st.fixed_dictionaries(
    {
        "url": urls,
        "alt": texts,
        "width": st.sampled_from([None, 400]),
        "height": st.sampled_from([None, 300]),
    }
)
posts = st.fixed_dictionaries(
    dict.fromkeys(POST_TEXTS, texts)
    | {
        "id": ids,
        "user": users,
        "user_id": ids,
        "image_url": st.none() | urls,
        "images": st.lists(images, max_size=4),
        "image_width": st.sampled_from([None, 400]),
        "image_height": st.sampled_from([None, 100, 420, 421, 840, 900]),
        "created_at": moments,
        "updated_at": moments,
        "edited": st.booleans(),
        "likes_count": numbers,
        "comments_count": numbers,
        "url": ids.map(lambda pk: f"/posts/{pk}/"),
    }
)
answers = st.none() | st.fixed_dictionaries({"name": names, "href": st.just("#comment-1")})
comments = st.fixed_dictionaries(
    {
        "id": ids,
        "content": texts,
        "user": users,
        "user_id": ids,
        "created_at": moments,
        "updated_at": moments,
        "edited": st.booleans(),
        "likes_count": st.integers(0, 10**6),
        "answers": answers,
    }
)
languages = st.sampled_from(["en", "ar", "pl"])


@given(post=posts, level=st.sampled_from([1, 2]), slots=st.booleans(), language=languages)
def test_post_is_the_same_as_by_django(
    post: dict[str, Any], level: int, slots: bool, language: str
) -> None:
    constants = {"level": level, "slots": slots}
    with translation.override(language):
        template = compiled("feed/_post.html", **constants)
        made = render_to_string("feed/_post.html", {"post": post, **constants})
        assert template.render({"post": post}) == made
        assert not template.refused


@given(
    comment=comments,
    replies=st.lists(comments, max_size=2),
    slots=st.booleans(),
    language=languages,
)
def test_thread_is_the_same_as_by_django(
    comment: dict[str, Any], replies: list[dict[str, Any]], slots: bool, language: str
) -> None:
    values = {"thread": {"comment": comment, "replies": replies}, "post_id": "7"}
    with translation.override(language):
        template = compiled("feed/_thread.html", slots=slots)
        made = render_to_string("feed/_thread.html", {**values, "slots": slots})
        assert template.render(values) == made
        assert not template.refused


@pytest.mark.django_db
def test_pages_and_their_pieces_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[CompiledTemplate] = []
    learn = CompiledTemplate._learn

    def noted(template: CompiledTemplate, values: Any) -> Any:
        made.append(template)
        return learn(template, values)

    monkeypatch.setattr(CompiledTemplate, "_learn", noted)
    compiled_template._compiled.cache_clear()
    page_templates._compiled.cache_clear()
    comment = CommentFactory.create(post__content="A #heron")
    CommentFactory.create(post=comment.post, reply_to=comment)
    PostFactory.create_batch(20)
    post: Post = comment.post
    UserFactory.create(username="heron")
    author = post.author.get_absolute_url()
    Post.objects.filter(pk=post.pk).update(content_warning="Birds")
    for path in (
        "/",
        f"/posts/{post.pk}/",
        f"/posts/{post.pk}/history/",
        author,
        "/tags/heron/",
        "/search/?q=heron",
    ):
        page(signed_in().get(path))
    assert {template.name for template in made} == {
        *("feed/feed.html", "feed/post.html", "feed/author.html", "feed/tag.html"),
        *("feed/_post.html", "feed/_thread.html", "feed/_comment.html"),
        *("feed/search.html", "feed/_person.html", "feed/history.html", "feed/_version.html"),
    }
    assert [template.refused for template in made] == [""] * len(made)


@pytest.fixture
def template(settings: Settings, tmp_path: Path) -> Callable[[str], CompiledTemplate]:
    """A compiled template of this source."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def make(source: str) -> CompiledTemplate:
        (tmp_path / "one.html").write_text(f"{{% load i18n feed_tags %}}{source}")
        return CompiledTemplate("one.html", {})

    return make


USES = [
    *("{{ v.text|upper }}", "{{ v.text|truncatechars:5 }}", "{{ v.text|first }}", "{{ v.text.0 }}"),
    *("{% if v.number > 3 %}many{% endif %}", '{% if v.text == "four" %}4{% endif %}'),
    *("{% if 'f' in v.text %}f{% endif %}", "{% for x in v.list %}{{ x }},{% endfor %}"),
    *("{{ v.text|length }}", "{{ v.number|add:1 }}", "{{ v.list|join:',' }}"),
    "{% if v.text|length > 4 %}long{% endif %}",
    "{% blocktranslate count n=v.number %}one{% plural %}{{ n }}{% endblocktranslate %}",
    "{% widthratio v.number 10 100 %}",
    "{% filter upper %}{{ v.text }}{% endfilter %}",
    "{% url 'post' v.number %}",
]
VALUES = [
    {"text": "four", "number": 4, "list": [1, 2]},
    {"text": "<three>", "number": 3, "list": []},
    {"text": "one", "number": 1, "list": ["<"]},
]


@pytest.mark.parametrize("source", USES)
def test_other_uses_of_a_value_are_left_to_django(
    source: str, template: Callable[[str], CompiledTemplate]
) -> None:
    one = template(source)
    for value in VALUES:
        assert one.render({"v": value}) == render_to_string("one.html", {"v": value})
    assert one.refused


def test_template_that_reads_what_some_values_lack_is_left_to_django(
    template: Callable[[str], CompiledTemplate],
) -> None:
    one = template("{% if v.more %}{{ v.more }}{% endif %}")
    assert [one.render({"v": value}) for value in ({}, {"more": "<"})] == ["", "&lt;"]
    assert one.refused


def test_django_renders_once_for_all_values_with_the_same_answers(
    monkeypatch: pytest.MonkeyPatch, template: Callable[[str], CompiledTemplate]
) -> None:
    one = template("{% if v.text %}{{ v.text }}{% if v.number %}!{% endif %}{% endif %}")
    rendered: list[str] = []

    def noted(name: str, context: Any) -> str:
        rendered.append(name)
        return render_to_string(name, context)

    monkeypatch.setattr(compiled_template, "render_to_string", noted)
    shown = [
        one.render({"v": {"text": text, "number": number}})
        for text in ("a", "<", "")
        for number in (1, 0, 7)
    ]
    assert shown == ["a!", "a", "a!", "&lt;!", "&lt;", "&lt;!", "", "", ""]
    assert len(rendered) == 2 * 3  # by Django, and with blanks, for each of three versions


def test_nothing_is_kept_while_templates_are_edited(
    settings: Settings, tmp_path: Path, template: Callable[[str], CompiledTemplate]
) -> None:
    settings.DEBUG = True
    one = template("{{ v }}")
    for _ in range(2):
        assert one.render({"v": "x"}) == "x"
    assert not one._first


@given(pk=st.integers(0, 10**18), word=st.text(min_size=1, max_size=20))
def test_known_paths_are_those_of_reverse(pk: int, word: str) -> None:
    for route in ("post-like", "comment-delete"):
        assert id_path(route, pk) == reverse(route, args=[pk])
    if "/" not in word:
        assert word_path("tag", word) == reverse("tag", args=[word])
