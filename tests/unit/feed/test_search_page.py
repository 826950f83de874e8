"""The page with the results of a search."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from feed import queries
from feed.cache import feed_cache
from feed.errors import QueryTooSlowError
from freshcache.policy import Work
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.reading import PRIVATE, PUBLIC, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def test_search_pages_give_each_post_once() -> None:
    author = UserFactory.create()
    rows = (
        Post(author=author, content=f"one two {n}", created_at=NOON + timedelta(seconds=n // 4))
        for n in range(45)
    )
    posts = Post.objects.bulk_create(rows)
    PostFactory.create(content="one alone")
    seen: list[int] = []
    query: str | None = "?q=TWO++one"
    while query is not None:
        response = get(f"/search/{query}")
        seen += shown(response)
        query = next_page(response)
    assert seen == [post.pk for post in reversed(posts)]


def test_query_is_in_the_form_and_escaped() -> None:
    for user in (None, UserFactory.create()):
        page = text(get('/search/?q="><script>+%26', user))
        assert 'value="&quot;&gt;&lt;script&gt; &amp;"' in page
        assert '"><script>' not in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", ""),
        ("?q=", ""),
        ("?q=+%00+", ""),
        ("?q=" + "x" * 201, "more than 200 characters"),
        ("?q=" + "w+" * 11, "more than 10 words"),
        ("?q=%21", "no word"),
    ],
)
def test_impossible_search_shows_the_form_without_a_query(
    query: str, says: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PostFactory.create(content="x w !")
    with django_assert_num_queries(0):
        response = get(f"/search/{query}")
    assert shown(response) == []
    assert 'role="search"' in text(response)
    assert says in text(response)
    assert response["Cache-Control"] == PRIVATE
    signed_in = get(f"/search/{query}", UserFactory.create())
    assert (signed_in.status_code, "Sign out" in text(signed_in)) == (200, True)


def test_search_without_results_says_so() -> None:
    response = get("/search/?q=nowhere")
    assert shown(response) == []
    assert "Nothing found" in text(response)


def test_search_page_is_not_indexed_by_search_engines() -> None:
    for query in ("", "?q=word", "?q=%21"):
        assert get(f"/search/{query}")["X-Robots-Tag"] == "noindex"


def test_search_page_is_cached_and_shows_writes_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    post = PostFactory.create(content="one")
    first = get("/search/?q=one")
    with django_assert_num_queries(0):
        second = get("/search/?q=+one+")
    assert first["Cache-Status"].startswith("feed; fwd=miss; stored")
    assert second["Cache-Status"].startswith("feed; hit")
    assert second["Cache-Control"] == PUBLIC
    assert second.content == first.content
    assert not second.cookies
    Post.objects.filter(pk=post.pk).update(content="two")
    assert shown(get("/search/?q=one")) == []
    assert shown(get("/search/?q=two")) == [post.pk]


def test_signed_in_page_is_private() -> None:
    post = PostFactory.create(content="one")
    response = get("/search/?q=one", post.author)
    assert response["Cache-Control"] == PRIVATE
    assert f'href="/posts/{post.pk}/edit/"' in text(response)


@pytest.mark.parametrize("user", [False, True])
def test_too_many_searches_give_a_503_and_leave_the_feed(
    user: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = PostFactory.create(content="one")
    viewer = UserFactory.create() if user else None
    readers = feed_cache().gates[Work.SLOW]._readers
    while readers.acquire(blocking=False):
        pass
    response = get("/search/?q=one", viewer)
    assert response.status_code == 503
    assert (response["Retry-After"], response["Cache-Control"]) == ("2", "no-store")
    assert "just now" in text(response)
    assert 'value="one"' in text(response)
    assert shown(get("/", viewer)) == [post.pk]
    readers.release()
    assert shown(get("/search/?q=one", viewer)) == [post.pk]


def test_slow_search_gives_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*args: object, **how: object) -> None:
        raise QueryTooSlowError

    monkeypatch.setattr(queries, "search_posts", give_up)
    assert get("/search/?q=one").status_code == 503
    assert not feed_cache().database.is_down


def test_first_page_shows_people_with_these_names() -> None:
    names = {"oisin_k": "Oisín Kelly", "other": "Ada", "oisin_gone": "Gone"}
    for username, display_name in names.items():
        UserFactory.create(
            username=username, display_name=display_name, is_active=username != "oisin_gone"
        )
    for user in (None, UserFactory.create()):
        page = text(get("/search/?q=OISIN+kelly", user))
        assert '<a class="name" href="/authors/oisin_k/" dir="auto">Oisín Kelly</a>' in page
        assert "@other" not in page
        assert "@oisin_gone" not in page
    assert "People" not in text(get("/search/?q=nowhere"))


def test_rename_shows_in_the_search_at_once() -> None:
    user = UserFactory.create(username="ada", display_name="Ada")
    assert "@ada" in text(get("/search/?q=ada"))
    user.display_name = "Grace"
    user.save()
    assert ">Grace</a>" in text(get("/search/?q=ada"))


def test_at_most_five_people_are_shown() -> None:
    for number in range(7):
        UserFactory.create(username=f"kim{number}", display_name="Kim")
    page = text(get("/search/?q=kim"))
    assert re.findall(r"@(kim\d)", page) == [f"kim{number}" for number in range(5)]


def test_hashtag_alone_leads_to_its_page() -> None:
    response = get("/search/?q=%23Lake")
    assert (response.status_code, response["Location"]) == (302, "/tags/lake/")
    assert get("/search/?q=%23lake+%23sea").status_code == 200


def test_number_of_found_posts_is_shown() -> None:
    PostFactory.create_batch(2, content="two of them")
    assert "2 posts</p>" in text(get("/search/?q=two"))
