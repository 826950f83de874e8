"""Edits that began from an older version: refused, with one's own words and the newer ones."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from posts import versions
from posts.models import Comment, Post
from tests.factories import CommentFactory, CommentLikeFactory, LikeFactory, PostFactory
from tests.unit.posts.calls import JSON, call, problem, signed_in
from tests.unit.posts.sample_images import encoded, half_and_half, upload
from tests.unit.posts.test_views import page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

MINE, NEWER = "My own words", "Newer words"
SENTENCE = "This was changed after you began to edit it"


@pytest.fixture
def post() -> Post:
    return PostFactory.create(content="First words")


@pytest.fixture
def client(post: Post) -> Client:
    return signed_in(post.author)


def form_version(response: Any) -> str:
    found = re.findall(r'name="version" value="([^"]*)"', page(response))
    assert len(found) == 1
    return str(found[0])


def edit(client: Client, post: Post, **values: Any) -> Any:
    return client.post(f"/posts/{post.pk}/edit/", {"content": MINE, **values})


def content_of(post: Post) -> str:
    return Post.objects.values_list("content", flat=True).get(pk=post.pk)


# --- The form -----------------------------------------------------------------------------------


def test_newer_text_is_shown_beside_ones_own_and_saving_again_is_a_decision(
    client: Client, post: Post
) -> None:
    path = f"/posts/{post.pk}/edit/"
    began_from = form_version(client.get(path))
    assert edit(client, post, content=NEWER, version=began_from).status_code == 302

    answer = edit(client, post, version=began_from)

    assert answer.status_code == 409
    assert "no-cache" in answer["Cache-Control"]
    assert SENTENCE in page(answer)
    assert MINE in page(answer)
    assert NEWER in page(answer)
    assert content_of(post) == NEWER
    assert edit(client, post, version=form_version(answer)).status_code == 302
    assert content_of(post) == MINE


def test_third_version_between_the_two_answers_is_shown_too(client: Client, post: Post) -> None:
    edit(client, post, content=NEWER)
    first = edit(client, post, version="2020-01-01T00:00:00.000000Z")
    edit(client, post, content="Third words")
    second = edit(client, post, version=form_version(first))
    assert second.status_code == 409
    assert "Third words" in page(second)


def test_form_without_a_version_is_accepted(client: Client, post: Post) -> None:
    edit(client, post, content=NEWER)
    assert edit(client, post).status_code == 302
    assert content_of(post) == MINE


@pytest.mark.parametrize("version", ["x", "\0", "9" * 10_000])
def test_version_that_is_none_conflicts(client: Client, post: Post, version: str) -> None:
    assert edit(client, post, version=version).status_code in {409, 422}
    assert content_of(post) == "First words"


def test_retried_edit_whose_answer_was_lost_succeeds(client: Client, post: Post) -> None:
    began_from = versions.version_of(post)
    for _ in range(2):
        values = {"image": upload(), "image_alt": "A square", "version": began_from}
        assert edit(client, post, **values).status_code == 302
    other = {"image": upload(encoded(half_and_half((9, 9)))), "image_alt": "A square"}
    answer = edit(client, post, **other, version=began_from)
    assert answer.status_code == 409
    assert "Choose the file again" in page(answer)


def test_like_comment_and_refused_form_are_no_change(client: Client, post: Post) -> None:
    began_from = versions.version_of(post)
    LikeFactory.create(post=post)
    CommentFactory.create(post=post)
    refused = edit(client, post, content=" ", version=began_from)
    assert form_version(refused) == began_from
    assert edit(client, post, version=began_from).status_code == 302


def test_of_two_concurrent_edits_one_is_refused(post: Post) -> None:
    began_from = versions.version_of(post)
    clients = [signed_in(post.author) for _ in range(2)]

    def save(number: int) -> int:
        with closing(connection):
            values = {"content": f"Words of {number}", "version": began_from}
            status: int = edit(clients[number], post, **values).status_code
            return status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, range(2))) == [302, 409]


# --- The API ------------------------------------------------------------------------------------


def path_of(post: Post) -> str:
    return f"/api/posts/{post.pk}/"


def send(client: Client, method: str, path: str, *, if_match: str, body: Any = None) -> Any:
    call: Callable[..., Any] = getattr(client, method)
    return call(path, body or {}, content_type=JSON, headers={"If-Match": if_match})


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_stale_if_match_changes_nothing(client: Client, post: Post, method: str) -> None:
    etag = client.get(path_of(post))["ETag"]
    call(client, "patch", path_of(post), {"content": NEWER})
    answer = send(client, method, path_of(post), if_match=etag, body={"content": MINE})
    assert problem(answer, 412)["code"] == "newer_version"
    assert content_of(post) == NEWER


def test_if_match_follows_the_etags_of_answers(client: Client) -> None:
    answer = call(client, "post", "/api/posts/", {"content": "First"})
    path = f"/api/posts/{answer.json()['id']}/"
    for method in ("patch", "put", "patch"):
        body = {"content": f"{method} after {answer['ETag']}"}
        answer = send(client, method, path, if_match=answer["ETag"], body=body)
        assert answer.status_code == 200
        assert answer["ETag"] == client.get(path)["ETag"]
    assert send(client, "delete", path, if_match=answer["ETag"]).status_code == 204


def test_like_changes_the_etag_but_is_no_conflict(client: Client, post: Post) -> None:
    first = client.get(path_of(post))
    LikeFactory.create(post=post)
    headers = {"If-None-Match": first["ETag"]}
    second = client.get(path_of(post), headers=headers)
    assert second.json()["likes_count"] == 1
    assert client.get(path_of(post), headers={"If-None-Match": second["ETag"]}).status_code == 304
    body = {"content": MINE}
    answer = send(client, "patch", path_of(post), if_match=first["ETag"], body=body)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("*", 200),
        ("W/{etag}", 200),
        ('"other", {etag}', 200),
        ('"{version}"', 200),
        ('"other"', 412),
        ("other", 412),
        ("", 412),
    ],
)
def test_forms_of_if_match(client: Client, post: Post, form: str, status: int) -> None:
    etag = client.get(path_of(post))["ETag"]
    tag = form.format(etag=etag, version=versions.version_of(post))
    answer = send(client, "patch", path_of(post), if_match=tag, body={"content": MINE})
    assert answer.status_code == status


def test_retried_change_whose_answer_was_lost_succeeds(client: Client, post: Post) -> None:
    etag = client.get(path_of(post))["ETag"]
    for _ in range(2):
        answer = send(client, "patch", path_of(post), if_match=etag, body={"content": MINE})
        assert answer.status_code == 200
        assert answer.json()["content"] == MINE


def test_undo_does_not_take_back_a_newer_edit(client: Client, post: Post) -> None:
    """Undo sends the old text with the version that its own edit made."""
    edit(client, post)
    own = form_version(client.get(f"/posts/{post.pk}/edit/"))
    edit(client, post, content=NEWER)
    assert edit(client, post, content=post.content, version=own).status_code == 409
    assert content_of(post) == NEWER


def test_comment_is_deleted_by_its_etag_alone(post: Post) -> None:
    writer = signed_in(post.author)
    answer = call(writer, "post", f"/api/posts/{post.pk}/comments/", {"content": MINE})
    path = answer["Location"]
    assert problem(send(writer, "delete", path, if_match='"other"'), 412)
    assert Comment.objects.count() == 1
    assert send(writer, "delete", path, if_match=answer["ETag"]).status_code == 204


# --- The form of a comment ----------------------------------------------------------------------


def test_comment_form_refuses_to_overwrite_a_newer_text(post: Post) -> None:
    comment = CommentFactory.create(post=post, content="First words")
    writer, path = signed_in(comment.author), f"/comments/{comment.pk}/edit/"
    began_from = form_version(writer.get(path))
    CommentLikeFactory.create(comment=comment)
    for text in (NEWER, NEWER):  # the second time because the answer was lost
        sent = writer.post(path, {"content": text, "version": began_from})
        assert sent["Location"] == f"/posts/{post.pk}/#comment-{comment.pk}"
    answer = writer.post(path, {"content": MINE, "version": began_from})
    assert answer.status_code == 409
    assert "no-cache" in answer["Cache-Control"]
    assert all(words in page(answer) for words in (SENTENCE, MINE, NEWER))
    assert Comment.objects.get().content == NEWER
    refused = writer.post(path, {"content": " ", "version": form_version(answer)})
    assert refused.status_code == 422
    again = writer.post(path, {"content": MINE, "version": form_version(refused)})
    assert again.status_code == 302
    assert Comment.objects.get().content == MINE
