"""Replies to comments."""

import pytest
from django.test import Client

from posts.models import Comment
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db

GONE = "no longer there"


def test_reply_form_shows_the_comment() -> None:
    comment = CommentFactory.create(content="Figs or dates?")
    path = f"/posts/{comment.post_id}/comments/"
    client = signed_in()
    form = page(client.get(f"{path}?reply_to={comment.pk}"))
    assert "Figs or dates?" in form
    assert f'name="reply_to" value="{comment.pk}"' in form

    response = client.post(path, {"content": "Figs.", "reply_to": comment.pk})

    reply = Comment.objects.latest("pk")
    assert (reply.reply_to, reply.post) == (comment, comment.post)
    assert response["Location"].endswith(f"#comment-{reply.pk}")


@pytest.mark.parametrize("target", ["elsewhere", "hidden", "0", "x", "9" * 30, "\u0661"])
def test_reply_form_for_a_comment_of_another_post_is_not_found(target: str) -> None:
    post = PostFactory.create()
    found = {
        "elsewhere": CommentFactory.create().pk,
        "hidden": CommentFactory.create(post=post, author__is_active=False).pk,
    }
    client, path = signed_in(), f"/posts/{post.pk}/comments/"
    assert client.get(f"{path}?reply_to={found.get(target, target)}").status_code == 404
    before = Comment.objects.count()
    response = client.post(path, {"content": "kept text", "reply_to": found.get(target, target)})
    assert response.status_code == 422
    assert all(word in page(response) for word in ("kept text", GONE))
    assert Comment.objects.count() == before


def test_reply_to_a_deleted_comment_is_a_comment_when_sent_again() -> None:
    comment = CommentFactory.create()
    path = f"/posts/{comment.post_id}/comments/"
    deleted = comment.pk
    comment.delete()
    client = signed_in()
    form = page(client.post(path, {"content": "Figs.", "reply_to": deleted}))
    assert f'value="{deleted}"' not in form
    assert client.post(path, {"content": "Figs.", "reply_to": ""}).status_code == 302
    assert Comment.objects.get().reply_to is None


def test_refused_reply_still_shows_the_comment() -> None:
    comment = CommentFactory.create(content="Figs or dates?")
    path = f"/posts/{comment.post_id}/comments/"
    response = signed_in().post(path, {"content": " ", "reply_to": comment.pk})
    assert response.status_code == 422
    assert "Figs or dates?" in page(response)
    assert f'name="reply_to" value="{comment.pk}"' in page(response)


def test_reply_stays_when_its_comment_is_deleted() -> None:
    comment = CommentFactory.create()
    reply = CommentFactory.create(post=comment.post, reply_to=comment)
    signed_in(comment.author).post(f"/comments/{comment.pk}/delete/")
    reply.refresh_from_db()
    assert reply.reply_to is None
    assert reply.content in page(Client().get(f"/posts/{reply.post_id}/"))


def test_replies_are_deleted_with_their_post_and_with_their_author() -> None:
    comment = CommentFactory.create()
    by_another = CommentFactory.create(post=comment.post, reply_to=comment)
    CommentFactory.create(post=comment.post, reply_to=by_another, author=UserFactory.create())
    by_another.author.delete()
    assert Comment.objects.count() == 2
    comment.post.delete()
    assert not Comment.objects.exists()
