"""Pages of the feed: the right posts, shared when signed out, private when signed in."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from feed.cursors import Cursor
from posts.models import Post, User
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory, permitted
from tests.unit.feed.door import stopped_clock
from tests.unit.feed.reading import PRIVATE, PUBLIC, counts, get, next_page, shown, text

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


@pytest.fixture
def posts() -> list[Post]:
    """Forty-five posts of one moment by one author, newest first."""
    author = UserFactory.create(username="ada", display_name="Ada Lovelace")
    rows = (Post(author=author, content=f"Post {n}", created_at=NOON) for n in range(45))
    return Post.objects.bulk_create(rows)[::-1]


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(author__username="ada")
    return post


@pytest.mark.parametrize("path", ["/", "/authors/ada/"])
def test_older_posts_follow_by_link_to_the_end_each_post_once(path: str, posts: list[Post]) -> None:
    seen = []
    query: str | None = ""
    while query is not None:
        response = get(path + query)
        assert len(shown(response)) <= 20
        seen += shown(response)
        query = next_page(response)
    assert seen == [post.pk for post in posts]


def test_an_older_page_leads_back_to_the_newest_posts(posts: list[Post]) -> None:
    older = get("/" + (next_page(get("/")) or ""))
    assert 'href="/">Newest posts</a>' in text(older)
    assert "Newest posts" not in text(get("/"))


def test_an_empty_feed_says_so() -> None:
    response = get("/")
    assert shown(response) == []
    assert "Nothing here yet" in text(response)


def test_page_after_the_last_post_says_so(post: Post) -> None:
    response = get(f"/?cursor={Cursor(post.created_at, post.pk).encode()}")
    assert shown(response) == []
    assert "That was all of it" in text(response)


def test_a_post_is_shown_with_its_author_and_counts(post: Post) -> None:
    LikeFactory.create_batch(3, post=post)
    CommentFactory.create_batch(2, post=post)
    User.objects.update(display_name="Ada <3")
    for path in ("/", "/authors/ada/", f"/posts/{post.pk}/"):
        page = text(get(path))
        assert post.content in page
        assert "Ada &lt;3" in page
        assert 'href="/authors/ada/"' in page
        assert counts(page) == (3, 2)
        assert re.search(r"> likes<", page)
        assert re.search(r"> comments<", page)


@pytest.mark.parametrize("path", ["/", "/authors/ada/", "/posts/{pk}/"])
def test_user_text_is_escaped(path: str) -> None:
    attack = (
        "<script>alert(1)</script> \"><img src=x onerror='alert(2)'> javascript:alert(3) {{ 7 }}"
    )
    ada = UserFactory.create(username="ada", display_name=attack[:70])
    post = PostFactory.create(author=ada, content=f"{attack} https://example.org/?<b>&\"'")
    CommentFactory.create(post=post, author=ada, content=attack)
    for user in (None, ada):
        page = text(get(path.format(pk=post.pk), user))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert not re.search(r'<script(?! (defer )?src="/static/)', page)
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
        assert "{{ 7 }}" in page
        assert "<b>" not in page


def test_image_address_is_escaped() -> None:
    Post.objects.bulk_create(
        [Post(author=UserFactory.create(), content="x", image_url='https://a/"onload="alert(1)')]
    )
    page = text(get("/"))
    assert 'onload="alert' not in page
    assert "https://a/&quot;onload=&quot;alert(1)" in page


@pytest.mark.parametrize("path", ["/authors/nobody/", "/authors/gone/", "/authors/a%00b/"])
def test_unknown_author_is_a_404(path: str) -> None:
    PostFactory.create(author__username="gone", author__is_active=False)
    assert get(path).status_code == 404
    assert get(path).status_code == 404


def test_deactivating_an_author_hides_their_posts_at_once(post: Post) -> None:
    other = PostFactory.create()
    reader = UserFactory.create()
    for active in (True, False, True):
        User.objects.filter(username="ada").update(is_active=active)
        assert get("/authors/ada/").status_code == (200 if active else 404)
        assert get(f"/posts/{post.pk}/").status_code == (200 if active else 404)
        expected = [other.pk, post.pk] if active else [other.pk]
        assert shown(get("/", reader)) == expected


@pytest.mark.parametrize("pk", [0, 999_999, 2**63, 10**30])
def test_unknown_post_is_a_404(pk: int) -> None:
    assert get(f"/posts/{pk}/").status_code == 404


def test_author_name_in_capitals_redirects_unless_it_exists() -> None:
    UserFactory.create(username="ada")
    answer = get("/authors/ADA/")
    assert (answer.status_code, answer["Location"]) == (302, "/authors/ada/")
    UserFactory.create(username="ADA", display_name="The other Ada")
    assert "The other Ada" in text(get("/authors/ADA/"))


def test_author_page_has_bio_and_month_of_joining() -> None:
    UserFactory.create(username="ada", bio="I like #engines & <b>", date_joined=NOON)
    page = text(get("/authors/ada/"))
    assert '<a class="hashtag" href="/tags/engines/">#engines</a> &amp; &lt;b&gt;' in page
    assert "May 2024" in page
    User.objects.update(bio="Changed")
    assert "Changed" in text(get("/authors/ada/"))


def test_an_author_without_posts_has_a_page() -> None:
    UserFactory.create(username="ada")
    response = get("/authors/ada/")
    assert shown(response) == []
    assert "No posts yet" in text(response)


@pytest.mark.parametrize("path", ["/", "/authors/ada/", "/posts/{pk}/"])
def test_malformed_cursor_is_refused_with_a_page(path: str, post: Post) -> None:
    for query in ("?cursor=garbage", "?cursor=%00", "?cursor=%20"):
        response = get(path.format(pk=post.pk) + query)
        assert response.status_code == 400
        assert "This request makes no sense here" in text(response)
        assert response["Cache-Control"] == "no-store"
    assert get(path.format(pk=post.pk) + "?cursor=").status_code == 200


@pytest.mark.parametrize("path", ["/", "/authors/ada/", "/posts/{pk}/"])
def test_pages_refuse_other_methods_than_get_and_head(path: str, post: Post) -> None:
    client = Client()
    assert client.post(path.format(pk=post.pk)).status_code == 405
    head = client.head(path.format(pk=post.pk))
    assert head.status_code == 200
    assert head.content == b""


@pytest.mark.parametrize("path", ["/", "/?cursor={cursor}", "/authors/ada/"])
def test_signed_out_readers_get_the_same_bytes_without_cookie_or_token(
    path: str, post: Post
) -> None:
    newer = Cursor(post.created_at + timedelta(days=1), 1).encode()
    path = path.format(cursor=newer)
    first, second = get(path), get(path)
    assert first.content == second.content
    for response in (first, second):
        assert shown(response) == [post.pk]
        assert response["Cache-Control"] == PUBLIC
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in text(response)
        assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))
    assert first["Cache-Status"].startswith("feed; fwd=miss; stored")
    assert second["Cache-Status"].startswith("feed; hit")
    assert second["Age"] == "0"


def test_matching_etag_of_a_page_gives_a_304(post: Post) -> None:
    etag = get("/")["ETag"]
    assert Client().get("/", headers={"If-None-Match": etag}).status_code == 304
    post.delete()
    assert (
        Client().get("/", headers={"If-None-Match": etag, "Cookie": "sessionid=x"}).status_code
        == 200
    )


def test_ended_session_reads_a_signed_out_private_page(post: Post) -> None:
    for path in ("/", "/authors/ada/", f"/posts/{post.pk}/"):
        response = Client().get(path, headers={"Cookie": "sessionid=ended"})
        assert response["Cache-Control"] == PRIVATE
        assert "Sign in" in text(response)


@pytest.mark.parametrize("path", ["/", "/authors/ada/", "/posts/{pk}/"])
def test_signed_in_page_shows_the_viewer_and_is_private(path: str, post: Post) -> None:
    LikeFactory.create(post=post, user=post.author)
    path = path.format(pk=post.pk)
    author_page, others = get(path, post.author), get(path, UserFactory.create())
    for response in (author_page, others):
        assert response["Cache-Control"] == PRIVATE
        assert "csrfmiddlewaretoken" in text(response)
        assert "Sign out" in text(response)
    assert 'value="unlike"' in text(author_page)
    assert f'href="/posts/{post.pk}/edit/"' in text(author_page)
    assert 'value="like"' in text(others)
    assert f'href="/posts/{post.pk}/edit/"' not in text(others)
    assert f'href="/posts/{post.pk}/edit/"' in text(get(path, permitted("change_post")))
    anonymous = get(path)
    assert "unlike" not in text(anonymous)
    assert "/edit/" not in text(anonymous)


def test_own_write_is_visible_at_once() -> None:
    ada = UserFactory.create(username="ada")
    client = Client()
    client.force_login(ada)
    for number in range(5):
        assert shown(client.get("/")) == list(
            Post.objects.newest_first().values_list("pk", flat=True)
        )
        answer = client.post("/posts/new/", {"content": f"Mine {number}"}, follow=True)
        assert f"Mine {number}" in text(answer)
        assert f"Mine {number}" in text(client.get("/authors/ada/"))


def test_signed_in_page_queries_viewer_and_marks_once_until_a_change(
    posts: list[Post], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stopped_clock()  # a page that is older than a second is loaded again after a change of counts
    client = Client()
    client.force_login(posts[0].author)
    get("/")
    with django_assert_num_queries(5):  # the session and the user, their powers, then likes
        client.get("/")
    with django_assert_num_queries(0):
        client.get("/")
        get("/")
    # Counts tell of the end of sessions too.
    LikeFactory.create(post=posts[0], user=posts[0].author)
    with django_assert_num_queries(3):
        assert 'class="action liked"' in text(client.get("/"))
    posts[0].author.save()
    get("/")
    # Powers are known for a while whatever changes.
    with django_assert_num_queries(3):
        client.get("/")
