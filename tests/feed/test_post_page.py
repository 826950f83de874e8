"""A post's own page, with what was said about it."""

from datetime import UTC, datetime, timedelta

import pytest

from posts.models import Comment, Post
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.feed.reading import PUBLIC, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create()
    return post


@pytest.fixture
def comments(post: Post) -> list[Comment]:
    """More than two pages of them, many of one moment, oldest first."""
    author = UserFactory.create()
    rows = (
        Comment(
            post=post,
            author=author,
            content=f"Comment {n}",
            created_at=NOON + timedelta(microseconds=n // 40),
        )
        for n in range(120)
    )
    return Comment.objects.bulk_create(rows)


def test_comments_follow_by_link_oldest_first_each_once(
    post: Post, comments: list[Comment]
) -> None:
    CommentFactory.create()  # of another post
    seen = []
    query: str | None = ""
    while query is not None:
        response = get(f"/posts/{post.pk}/{query}")
        seen += shown(response, "comment")
        query = next_page(response)
    assert seen == [comment.pk for comment in comments]


def test_its_heading_counts_all_comments_and_not_those_of_this_page(
    post: Post, comments: list[Comment]
) -> None:
    assert ">120 comments</h2>" in text(get(f"/posts/{post.pk}/"))


def test_comments_of_the_deactivated_are_not_shown(post: Post) -> None:
    visible = CommentFactory.create(post=post)
    CommentFactory.create(post=post, author__is_active=False)
    response = get(f"/posts/{post.pk}/")
    assert shown(response, "comment") == [visible.pk]
    assert ">1 comment</h2>" in text(response)


def test_who_wrote_a_comment_and_staff_may_delete_it(post: Post) -> None:
    comment = CommentFactory.create(post=post)
    offer = f'href="/comments/{comment.pk}/delete/"'
    staff = UserFactory.create(is_staff=True)
    for user, offered in (
        (None, False),
        (post.author, False),
        (comment.author, True),
        (staff, True),
    ):
        assert (offer in text(get(f"/posts/{post.pk}/", user))) is offered


def test_signed_out_it_is_one_page_for_all_and_follows_the_post_at_once(post: Post) -> None:
    response = get(f"/posts/{post.pk}/")
    assert response["Cache-Control"] == PUBLIC
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in text(response)
    Post.objects.filter(pk=post.pk).update(content="Changed")
    assert "Changed" in text(get(f"/posts/{post.pk}/"))
