"""The views of an author's page, its numbers, and the same in the API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from feed import authors
from feed.cache import feed_cache
from posts.models import Comment, Like, Post, User
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.feed.reading import PRIVATE, PUBLIC, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
COMMENTS, IMAGES = "/authors/ada/comments/", "/authors/ada/images/"


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada", display_name="Ada")
    return user


def comments_by(author: User, count: int) -> list[Comment]:
    """Comments on posts of two people, some at the same moment; newest first."""
    posts = PostFactory.create_batch(2)
    rows = (
        Comment(
            author=author,
            post=posts[n % 2],
            content=f"{n}",
            created_at=NOON - timedelta(microseconds=n // 3),
        )
        for n in range(count)
    )
    made = Comment.objects.bulk_create(rows)
    return sorted(made, key=lambda comment: (comment.created_at, comment.pk), reverse=True)


def walk(path: str) -> Iterator[Any]:
    """Yield the responses of all pages, from the newest."""
    query: str | None = ""
    while query is not None:
        yield (response := get(f"{path}{query}"))
        query = next_page(response)


def written(response: Any) -> list[int]:
    html = text(response).replace('<article class="post written"', '<article class="comment"')
    response.content = html.encode()
    return shown(response, "comment")


def numbers(response: Any) -> tuple[int, int, int]:
    body = response.json()
    body = body.get("author", body)
    return body["posts_count"], body["comments_count"], body["likes_count"]


def test_pages_of_comments_have_each_once_newest_first(ada: User) -> None:
    comments = comments_by(ada, 45)
    CommentFactory.create()
    pages = list(walk(COMMENTS))
    assert [pk for page in pages for pk in written(page)] == [comment.pk for comment in comments]
    assert len(pages) == 3
    assert "Newest comments" in text(pages[1])


def test_pages_of_images_have_only_posts_with_one(ada: User) -> None:
    posts = PostFactory.create_batch(22, author=ada, image="posts/a.webp")
    PostFactory.create(author=ada)
    PostFactory.create(image="posts/b.webp")
    assert [pk for page in walk(IMAGES) for pk in shown(page)] == [post.pk for post in posts[::-1]]


def test_comments_on_hidden_posts_are_neither_shown_nor_counted(ada: User) -> None:
    seen = CommentFactory.create(author=ada)
    hidden = CommentFactory.create(author=ada, post__author__is_active=False)
    assert written(get(COMMENTS)) == [seen.pk]
    assert numbers(get("/api/authors/ada/")) == (0, 1, 0)
    User.objects.filter(pk=hidden.post.author_id).update(is_active=True)
    assert written(get(COMMENTS)) == [hidden.pk, seen.pk]
    assert numbers(get("/api/authors/ada/")) == (0, 2, 0)


def test_numbers_count_what_the_author_wrote_and_got(ada: User) -> None:
    first, second = PostFactory.create_batch(2, author=ada)
    LikeFactory.create_batch(3, post=first)
    LikeFactory.create(post=second)
    LikeFactory.create(user=ada)
    CommentFactory.create(author=ada)
    CommentFactory.create(post=first)
    page = text(get("/authors/ada/"))
    assert numbers(get("/api/authors/ada/")) == (2, 1, 4)
    for shown_text in (">2</span>", ">1</span>", "4 likes received"):
        assert shown_text in page


def test_numbers_end_at_their_maximum(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each count reads so many rows at most, and likes are those of so many posts."""
    monkeypatch.setattr(authors, "MAX_COUNTED", 3)
    monkeypatch.setattr("feed.templatetags.place_tags.MAX_COUNTED", 3)
    authors._compiled_numbers.cache_clear()
    posts = [PostFactory.create(author=ada, created_at=NOON + timedelta(n)) for n in range(4)]
    LikeFactory.create_batch(2, post=posts[0])  # too old
    LikeFactory.create(post=posts[1])
    assert numbers(get("/api/authors/ada/")) == (3, 0, 1)
    assert "3+</span>" in text(get("/authors/ada/"))
    assert "1+ like received" in text(get("/authors/ada/"))
    authors._compiled_numbers.cache_clear()


@pytest.mark.parametrize("path", ["/authors/ada/", COMMENTS, IMAGES])
def test_views_are_cached_and_show_writes_at_once(
    path: str, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PostFactory.create(author=ada, image="posts/a.webp")
    comment = CommentFactory.create(author=ada)
    with django_assert_num_queries(4 if path == COMMENTS else 3):
        first = get(path)
    with django_assert_num_queries(0):
        second = get(path)
    assert second["Cache-Status"].startswith("feed; hit")
    assert second["Cache-Control"] == PUBLIC
    assert second.content == first.content
    assert get(path, ada)["Cache-Control"] == PRIVATE
    User.objects.filter(pk=ada.pk).update(display_name="Countess")
    assert "Countess" in text(get(path))
    Post.objects.filter(pk=comment.post_id).delete()
    assert 'Comments <span class="meta">0</span>' in text(get(path))


def test_comment_links_to_the_page_of_its_post_that_shows_it(ada: User) -> None:
    post = PostFactory.create()
    CommentFactory.create_batch(49, post=post)
    comment = CommentFactory.create(post=post, author=ada)
    (url,) = [one["url"] for one in get("/api/authors/ada/comments/").json()["comments"]]
    assert url == f"/posts/{post.pk}/#comment-{comment.pk}"
    later = CommentFactory.create(post=post, author=ada)
    feed_cache().invalidate("the numbers of comments would follow in a second")
    url, _ = [one["url"] for one in get("/api/authors/ada/comments/").json()["comments"]]
    assert later.pk not in shown(get(f"/posts/{post.pk}/"), "comment")
    assert later.pk in shown(get(url.partition("#")[0]), "comment")


def test_capitals_in_a_name_lead_to_the_same_view(ada: User) -> None:
    answer = get("/authors/Ada/comments/")
    assert (answer.status_code, answer["Location"]) == (302, COMMENTS)
    assert get("/authors/nobody/comments/").status_code == 404


def test_name_that_no_path_can_hold_has_all_views() -> None:
    user = UserFactory.create()
    User.objects.filter(pk=user.pk).update(username="a/b")
    PostFactory.create(author=user)
    for view in ("", "comments/", "images/"):
        path = f"/authors/by-id/{user.pk}/{view}"
        assert f'href="{path}" aria-current="page"' in text(get(path))
    ada = UserFactory.create(username="ada")
    assert get(f"/authors/by-id/{ada.pk}/images/")["Location"] == IMAGES


def test_empty_view_says_what_will_be_there(ada: User) -> None:
    for path, title in [
        ("/authors/ada/", "No posts yet"),
        (COMMENTS, "No comments yet"),
        (IMAGES, "No images yet"),
    ]:
        assert title in text(get(path))
    assert "Write a post" in text(get("/authors/ada/", ada)).partition('class="row empty"')[2]
    other = text(get("/authors/ada/", UserFactory.create()))
    assert "Write a post" not in other.partition('class="row empty"')[2]


def test_api_has_the_pages_of_an_author(ada: User) -> None:
    posts = PostFactory.create_batch(3, author=ada)
    comment = CommentFactory.create(author=ada, post=posts[0])
    PostFactory.create()
    first = get("/api/authors/ada/posts/?limit=2").json()
    rest = get(f"/api/authors/ada/posts/?limit=2&cursor={first['next']}").json()
    found = [int(post["id"]) for page in (first, rest) for post in page["posts"]]
    assert found == [post.pk for post in posts[::-1]]
    assert rest["next"] is None
    assert numbers(get("/api/authors/ada/posts/")) == (3, 1, 0)
    (one,) = get("/api/authors/ada/comments/").json()["comments"]
    assert (one["id"], one["post"]["url"]) == (str(comment.pk), f"/posts/{posts[0].pk}/")
    assert one["post"]["user"]["username"] == "ada"


@pytest.mark.parametrize("path", ["", "posts/", "comments/"])
def test_api_of_authors_answers_all_clients_alike(path: str, ada: User) -> None:
    signed_out, signed_in = get(f"/api/authors/ada/{path}"), get(f"/api/authors/ada/{path}", ada)
    assert signed_in.content == signed_out.content
    assert signed_out["Cache-Control"] == PUBLIC
    assert signed_out["Cache-Status"].startswith("feed; fwd=miss")
    known = get(f"/api/authors/ada/{path}", headers={"If-None-Match": signed_out["ETag"]})
    assert known.status_code == 304
    unknown = get(f"/api/authors/nobody/{path}")
    assert (unknown.status_code, unknown["Content-Type"]) == (404, "application/problem+json")


def test_like_follows_in_the_numbers(ada: User, wait_until: Any) -> None:
    post = PostFactory.create(author=ada)
    assert numbers(get("/api/authors/ada/")) == (1, 0, 0)
    Like.objects.create(post=post, user=ada)
    wait_until(lambda: numbers(get("/api/authors/ada/")) == (1, 0, 1))
