"""Finding 2: nobody makes a page of megabytes out of a post of mentions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from posts.import_lines import RefusedError, _text
from posts.models import Comment, Post
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
    with pytest.raises(RefusedError) as refused:
        _text(content)
    return str(refused.value)


def by_comment(content: str) -> str:
    post = PostFactory.create()
    response = signed_in().post(f"/posts/{post.pk}/comments/", {"content": content})
    assert response.status_code == 422
    told = problem(
        call(signed_in(), "post", f"/api/posts/{post.pk}/comments/", {"content": content}), 400
    )
    assert {error["field"] for error in told["errors"]} == {"content"}
    post.delete()
    return str(response.content.decode())


@KINDS
@pytest.mark.parametrize(
    "write", [by_page, by_editing, by_program, by_moderator, by_import, by_comment]
)
def test_a_post_of_fifty_one_is_refused_by_every_way_and_told_why(
    kind: str, write: Callable[[str], str]
) -> None:
    assert f"That is 51 {kind}; 50 fit." in write(text(kind, 51))
    assert not Post.objects.exists()
    assert not Comment.objects.exists()


@KINDS
def test_fifty_of_each_are_fine(kind: str) -> None:
    assert call(signed_in(), "post", "/api/posts/", {"content": text(kind, 50)}).status_code == 201
    _text(text(kind, 50))


def test_the_same_one_again_counts_again() -> None:
    for piece in ("@a ", "#a ", "ab.org ", "me@a.org "):
        validate_links(piece * 50)
        with pytest.raises(ValidationError):
            validate_links(piece * 51)


def test_each_kind_that_is_over_is_named() -> None:
    with pytest.raises(ValidationError) as error:
        validate_links("@a #a " * 60)
    assert error.value.messages == ["That is 60 mentions; 50 fit.", "That is 60 hashtags; 50 fit."]


@pytest.mark.parametrize("piece", ["@a ", "#a ", "https://a.org/ "])
def test_an_older_post_of_too_many_is_shown_with_fifty(piece: str, client: Client) -> None:
    post: Any = PostFactory.create(content=piece * 300)
    page = client.get(f"/posts/{post.pk}/").content.decode()
    shown = page.partition('id="text-')[2].partition("</p>")[0]
    assert shown.count("<a ") == 50
    assert shown.count(piece.strip()) >= 300
    assert len(client.get("/").content) < 60_000
