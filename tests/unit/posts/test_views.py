"""The forms in which signed-in people write."""

from typing import Any

import pytest
from django.test import Client

from posts.models import Comment, CommentLike, Like, Post, User
from tests.factories import (
    CommentFactory,
    CommentLikeFactory,
    LikeFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or UserFactory.create())
    return client


def page(response: Any) -> str:
    text: str = response.content.decode()
    return text


def test_signed_in_user_writes_a_post() -> None:
    author = UserFactory.create()

    response = signed_in(author).post("/posts/new/", {"content": "  One\r\ntwo  "}, follow=True)

    post = Post.objects.get()
    assert (post.content, post.author) == ("One\ntwo", author)
    assert response.redirect_chain == [("/", 302)]
    assert "Your post is up." in page(response)


def test_line_break_counts_as_one_character() -> None:
    signed_in().post("/posts/new/", {"content": "a\r\n" * 2_499 + "ab"})
    assert len(Post.objects.get().content) == 5_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ({"content": "", "image_alt": "A kept cat"}, "Write something first."),
        ({"content": " \n\t", "image_alt": "A kept cat"}, "Write something first."),
        ({"content": "kept" * 1_251}, "That is 5004 characters; 5000 fit."),
        ({"content": "kept\0"}, "Null characters are not allowed."),
        ({"content": "kept", "image_alt": "long" * 251}, "That is 1004 characters; 1000 fit."),
    ],
)
@pytest.mark.parametrize("path", ["/posts/new/", "/posts/{}/edit/"])
def test_invalid_post_is_shown_again_as_typed(path: str, text: dict[str, str], said: str) -> None:
    post = PostFactory.create(content="as before")

    response = signed_in(post.author).post(path.format(post.pk), text)

    assert response.status_code == 422
    assert said in page(response)
    assert all(value.strip() in page(response) for value in text.values())
    assert Post.objects.get().content == "as before"


def test_author_edits_a_post() -> None:
    post = PostFactory.create(content="beofre")
    client = signed_in(post.author)
    assert "beofre" in page(client.get(f"/posts/{post.pk}/edit/"))

    response = client.post(f"/posts/{post.pk}/edit/", {"content": "before"}, follow=True)

    post.refresh_from_db()
    assert (post.content, post.edited) == ("before", True)
    assert response.redirect_chain == [(f"/posts/{post.pk}/", 302)]
    assert "Your changes are saved." in page(response)


def test_saving_without_a_change_is_no_edit() -> None:
    post = PostFactory.create(content="one\ntwo")
    signed_in(post.author).post(f"/posts/{post.pk}/edit/", {"content": "one\r\ntwo"})
    post.refresh_from_db()
    assert not post.edited


def test_post_is_deleted_after_confirmation() -> None:
    post = PostFactory.create(content="Regrettable.")
    client = signed_in(post.author)
    assert "Regrettable." in page(client.get(f"/posts/{post.pk}/delete/"))
    assert Post.objects.exists()

    response = client.post(f"/posts/{post.pk}/delete/", follow=True)

    assert not Post.objects.exists()
    assert response.redirect_chain == [("/", 302)]
    assert "The post is deleted." in page(response)


def test_like_form_sets_and_unsets_and_never_toggles() -> None:
    comment, client = CommentFactory.create(), signed_in()
    back = f"/posts/{comment.post_id}/"
    LikeFactory.create(post=comment.post)
    CommentLikeFactory.create(comment=comment)
    actions = [("unlike", 1), ("like", 2), ("like", 2), ("unlike", 1), ("unlike", 1)]
    for path, to, likes in (
        (f"{back}like/", back, Like.objects),
        (f"/comments/{comment.pk}/like/", f"{back}#comment-{comment.pk}", CommentLike.objects),
    ):
        for action, count in actions:
            response = client.post(path, {"action": action})
            assert (response.status_code, response["Location"]) == (302, to)
            assert likes.count() == count


def test_unknown_like_action_changes_nothing() -> None:
    post = PostFactory.create()
    assert signed_in().post(f"/posts/{post.pk}/like/", {"action": "toggle"}).status_code == 422
    assert not Like.objects.exists()


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/?cursor=abc#post-7", True),
        ("http://testserver/authors/ada/", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_like_redirects_only_within_this_site(target: str, safe: bool) -> None:
    post = PostFactory.create()
    response = signed_in().post(f"/posts/{post.pk}/like/", {"action": "like", "next": target})
    assert response["Location"] == (target if safe else f"/posts/{post.pk}/")


def test_new_comment_is_shown() -> None:
    post, reader = PostFactory.create(), UserFactory.create()

    response = signed_in(reader).post(f"/posts/{post.pk}/comments/", {"content": " Yes!\r\n"})

    comment = Comment.objects.get()
    assert (comment.content, comment.author, comment.post) == ("Yes!", reader, post)
    assert response["Location"] == f"/posts/{post.pk}/#comment-{comment.pk}"
    assert "Yes!" in page(Client().get(f"/posts/{post.pk}/"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "Write something first."),
        ("kept" * 501, "That is 2004 characters; 2000 fit."),
        ("kept\0", "Null characters are not allowed."),
    ],
)
def test_invalid_comment_is_shown_again_as_typed(text: str, said: str) -> None:
    post = PostFactory.create(content="What it is about.")
    response = signed_in().post(f"/posts/{post.pk}/comments/", {"content": text})
    assert response.status_code == 422
    assert all(part in page(response) for part in (text.strip(), said, post.content))
    assert not Comment.objects.exists()


def test_author_deletes_a_comment() -> None:
    comment = CommentFactory.create(content="Never mind.")
    client, path = signed_in(comment.author), f"/comments/{comment.pk}/delete/"
    assert "Never mind." in page(client.get(path))
    assert client.post(path)["Location"] == f"/posts/{comment.post_id}/#comments"
    assert not Comment.objects.exists()
