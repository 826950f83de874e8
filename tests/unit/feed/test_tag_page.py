"""The page of a hashtag."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from feed import queries
from feed.errors import QueryTooSlowError
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.reading import PRIVATE, PUBLIC, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def test_tag_pages_give_each_post_once() -> None:
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


def test_spellings_of_a_tag_redirect_to_one_page() -> None:
    post = PostFactory.create(content="#MÜLL and #müll")
    answer = get("/tags/M%C3%9Cll/")
    assert (answer.status_code, answer["Location"]) == (302, "/tags/m%C3%BCll/")
    assert shown(get(answer["Location"])) == [post.pk]
    assert "#müll" in text(get(answer["Location"]))


@pytest.mark.parametrize("tag", ["1", "a-b", "a%23b", "a%20b", "a%00b", "x" * 101, "%3Cb%3E"])
def test_text_that_is_no_tag_is_a_404(tag: str) -> None:
    assert get(f"/tags/{tag}/").status_code == 404


def test_unused_tag_has_an_empty_page() -> None:
    response = get("/tags/nobody/")
    assert shown(response) == []
    assert "No post has this hashtag" in text(response)


def test_tag_page_is_cached_and_shows_writes_at_once(
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


def test_signed_in_page_is_private() -> None:
    post = PostFactory.create(content="#one")
    response = get("/tags/one/", post.author)
    assert response["Cache-Control"] == PRIVATE
    assert f'href="/posts/{post.pk}/edit/"' in text(response)


def test_slow_tag_query_gives_a_503(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def give_up(*args: object, **how: object) -> None:
        raise QueryTooSlowError

    monkeypatch.setattr(queries, "tag_posts", give_up)
    for user in (None, UserFactory.create()):
        response = get("/tags/one/", user)
        assert response.status_code == 503
        assert (response["Retry-After"], response["Cache-Control"]) == ("2", "no-store")
        assert "just now" in text(response)
