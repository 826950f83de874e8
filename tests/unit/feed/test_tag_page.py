"""The posts with a hashtag."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from feed import queries
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.reading import PRIVATE, PUBLIC, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def test_it_shows_the_posts_with_the_tag_to_the_end_each_once() -> None:
    author = UserFactory.create()
    rows = (
        Post(author=author, content=f"#one {n}", created_at=NOON + timedelta(seconds=n // 4))
        for n in range(45)
    )
    posts = Post.objects.bulk_create(rows)
    PostFactory.create(content="#other one")
    seen: list[int] = []
    query: str | None = ""
    while query is not None:
        response = get(f"/tags/one/{query}")
        seen += shown(response)
        query = next_page(response)
    assert seen == [post.pk for post in reversed(posts)]


def test_a_tag_has_one_page_however_it_is_written() -> None:
    post = PostFactory.create(content="#MÜLL and #müll")
    answer = get("/tags/M%C3%9Cll/")
    assert (answer.status_code, answer["Location"]) == (302, "/tags/m%C3%BCll/")
    assert shown(get(answer["Location"])) == [post.pk]
    assert "#müll" in text(get(answer["Location"]))


@pytest.mark.parametrize("tag", ["1", "a-b", "a%23b", "a%20b", "a%00b", "x" * 101, "%3Cb%3E"])
def test_what_can_be_no_tag_has_no_page(tag: str) -> None:
    assert get(f"/tags/{tag}/").status_code == 404


def test_a_tag_that_nobody_uses_has_a_page_that_says_so() -> None:
    response = get("/tags/nobody/")
    assert shown(response) == []
    assert "No post has this hashtag" in text(response)


def test_it_is_cached_as_the_feed_is_and_follows_a_write_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    post = PostFactory.create(content="#one")
    first = get("/tags/one/")
    with django_assert_num_queries(0):
        second = get("/tags/one/")
    assert first["Cache-Status"].startswith("feed; fwd=miss; stored")
    assert second["Cache-Status"].startswith("feed; hit")
    assert second["Cache-Control"] == PUBLIC
    assert second.content == first.content
    assert not second.cookies
    Post.objects.filter(pk=post.pk).update(content="#two")
    assert shown(get("/tags/one/")) == []
    assert shown(get("/tags/two/")) == [post.pk]


def test_signed_in_it_is_ones_own() -> None:
    post = PostFactory.create(content="#one")
    response = get("/tags/one/", post.author)
    assert response["Cache-Control"] == PRIVATE
    assert f'href="/posts/{post.pk}/edit/"' in text(response)


def test_a_tag_that_takes_too_long_to_find_is_an_answer_for_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def give_up(*args: object, **how: object) -> None:
        raise queries.TookTooLong

    monkeypatch.setattr(queries, "tag_posts", give_up)
    for user in (None, UserFactory.create()):
        response = get("/tags/one/", user)
        assert response.status_code == 503
        assert (response["Retry-After"], response["Cache-Control"]) == ("2", "no-store")
        assert "just now" in text(response)
