"""A text has at most 50 links of each kind, so that its HTML stays small (finding 2)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from posts.errors import LineRefusedError
from posts.import_lines import _text
from posts.models import POST_TEXTS, Comment, Post
from posts.text import validate_links
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import call, fields, problem, signed_in

pytestmark = pytest.mark.django_db

PIECES = {
    "mentions": "@ada{}",
    "hashtags": "#tag{}",
    "links": "https://example.org/{}",
}
KINDS = pytest.mark.parametrize("kind", PIECES)


def text(kind: str, count: int) -> str:
    return " ".join(PIECES[kind].format(number) for number in range(count))


def by_page(content: str) -> str:
    response = signed_in().post("/posts/new/", {"content": content})
    assert (response.status_code, content in response.content.decode()) == (422, True)
    return str(response.content.decode())


def by_editing(content: str) -> str:
    post = PostFactory.create()
    response = signed_in(post.author).post(f"/posts/{post.pk}/edit/", {"content": content})
    assert response.status_code == 422
    post.delete()
    return str(response.content.decode())


def by_program(content: str) -> str:
    response = call(signed_in(), "post", "/api/posts/", {"content": content})
    assert fields(response) == {"content"}
    return str(problem(response, 400)["detail"])


def by_moderator(content: str) -> str:
    root = UserFactory.create(is_staff=True, is_superuser=True)
    response = signed_in(root).post(
        "/admin/posts/post/add/", {"author": root.pk, "content": content}
    )
    assert response.status_code == 200
    return str(response.content.decode())


def by_import(content: str) -> str:
    with pytest.raises(LineRefusedError) as refused:
        _text(content, POST_TEXTS["content"])
    return str(refused.value)


def by_comment(content: str) -> str:
    post = PostFactory.create()
    response = signed_in().post(f"/posts/{post.pk}/comments/", {"content": content})
    assert response.status_code == 422
    error = problem(
        call(signed_in(), "post", f"/api/posts/{post.pk}/comments/", {"content": content}), 400
    )
    assert {part["field"] for part in error["errors"]} == {"content"}
    post.delete()
    return str(response.content.decode())


@KINDS
@pytest.mark.parametrize(
    "write", [by_page, by_editing, by_program, by_moderator, by_import, by_comment]
)
def test_text_with_51_links_is_refused_by_each_way_to_write(
    kind: str, write: Callable[[str], str]
) -> None:
    assert f"That is 51 {kind}; 50 fit." in write(text(kind, 51))
    assert not Post.objects.exists()
    assert not Comment.objects.exists()


@KINDS
def test_text_with_50_links_is_accepted(kind: str) -> None:
    assert call(signed_in(), "post", "/api/posts/", {"content": text(kind, 50)}).status_code == 201
    _text(text(kind, 50), POST_TEXTS["content"])


def test_repeated_links_are_counted() -> None:
    for piece in ("@a ", "#a ", "ab.org ", "me@a.org "):
        validate_links(piece * 50)
        with pytest.raises(ValidationError):
            validate_links(piece * 51)


def test_error_names_each_kind_over_the_limit() -> None:
    with pytest.raises(ValidationError) as error:
        validate_links("@a #a " * 60)
    assert error.value.messages == ["That is 60 mentions; 50 fit.", "That is 60 hashtags; 50 fit."]


@pytest.mark.parametrize("piece", ["@a ", "#a ", "https://a.org/ "])
def test_older_post_over_the_limit_is_shown_with_50_links(piece: str, client: Client) -> None:
    post: Any = PostFactory.create(author__username="a", content=piece * 300)
    page = client.get(f"/posts/{post.pk}/").content.decode()
    shown = page.partition('id="text-')[2].partition("</p>")[0]
    assert shown.count("<a ") == 50
    assert shown.count(piece.strip()) >= 300
    assert len(client.get("/").content) < 60_000
