"""A form that is sent twice, by a double click without scripts, writes one post or comment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from posts.models import Comment, Post, User
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.posts.sample_images import upload
from tests.unit.posts.test_views import page, signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media"),
]

AGO = timedelta(seconds=11)


def older(rows: Any) -> None:
    for row in rows.all():
        rows.filter(pk=row.pk).update(created_at=row.created_at - AGO)


def test_repeated_post_form_succeeds_without_a_second_post() -> None:
    client = signed_in()
    for _ in range(2):
        response = client.post("/posts/new/", {"content": "Once"}, follow=True)
        assert response.redirect_chain == [("/", 302)]
        assert "Your post is up." in page(response)
    assert Post.objects.count() == 1


def test_other_text_author_image_or_time_makes_another_post() -> None:
    client = signed_in()
    client.post("/posts/new/", {"content": "Once"})
    client.post("/posts/new/", {"content": "Twice"})
    client.post("/posts/new/", {"content": "Once", "image": upload()})
    signed_in().post("/posts/new/", {"content": "Once"})
    assert Post.objects.count() == 4
    older(Post.objects)
    client.post("/posts/new/", {"content": "Once"})
    assert Post.objects.count() == 5


def test_repeated_image_is_stored_once(media: Any) -> None:
    client = signed_in()
    for _ in range(2):
        client.post("/posts/new/", {"content": "Once", "image": upload()})
    assert Post.objects.count() == 1
    assert len(list(media.rglob("*.webp"))) == 1


def test_repeated_comment_form_leads_to_the_first_comment() -> None:
    post, client = PostFactory.create(), signed_in()
    path = f"/posts/{post.pk}/comments/"
    first, second = (client.post(path, {"content": "Yes!"})["Location"] for _ in range(2))
    assert first == second
    assert first.endswith(f"#comment-{Comment.objects.get().pk}")


def test_same_text_elsewhere_or_later_is_another_comment() -> None:
    comment, client = CommentFactory.create(), signed_in()
    path = f"/posts/{comment.post_id}/comments/"
    client.post(path, {"content": "Yes!"})
    client.post(path, {"content": "Yes!", "reply_to": comment.pk})
    client.post(f"/posts/{PostFactory.create().pk}/comments/", {"content": "Yes!"})
    signed_in().post(path, {"content": "Yes!"})
    assert Comment.objects.filter(content="Yes!").count() == 4
    older(Comment.objects)
    client.post(path, {"content": "Yes!"})
    assert Comment.objects.filter(content="Yes!").count() == 5


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_concurrent_submissions_are_written_once(kind: str) -> None:
    author, post = UserFactory.create(), PostFactory.create()
    path = "/posts/new/" if kind == "post" else f"/posts/{post.pk}/comments/"
    clients = [signed_in(author) for _ in range(4)]

    def press(client: Client) -> int:
        try:
            return client.post(path, {"content": "Once"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        assert {*pool.map(press, clients)} == {302}
    rows: Any = Post.objects if kind == "post" else Comment.objects
    assert rows.filter(content="Once").count() == 1


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_author_deleted_while_writing_writes_nothing(kind: str) -> None:
    author, post = UserFactory.create(), PostFactory.create()
    path = "/posts/new/" if kind == "post" else f"/posts/{post.pk}/comments/"
    client = signed_in(author)
    queries = 0

    def delete(send: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += f'FROM "{User._meta.db_table}" WHERE' in sql
        if queries == 2:  # the first query is of the session, the second takes the lock
            context["cursor"].cursor.execute(f"DELETE FROM posts_user WHERE id = {author.pk}")
        return send(sql, params, many, context)

    with connection.execute_wrapper(delete):
        assert client.post(path, {"content": "Once"}).status_code == 404
    assert queries == 2
    assert not Post.objects.filter(content="Once").exists()
    assert not Comment.objects.exists()
