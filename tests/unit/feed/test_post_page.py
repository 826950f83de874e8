"""The page of a post with its comments."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from posts.models import Comment, Post
from tests.factories import CommentFactory, PostFactory, UserFactory, permitted
from tests.unit.feed.reading import PUBLIC, get, next_page, shown, text

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


def test_heading_counts_all_comments_of_the_post(post: Post, comments: list[Comment]) -> None:
    assert ">120 comments</h2>" in text(get(f"/posts/{post.pk}/"))


def test_comment_has_the_handle_and_leads_to_its_author(post: Post) -> None:
    author = UserFactory.create(username="ida", display_name="admin")
    CommentFactory.create(post=post, author=author)
    page = text(get(f"/posts/{post.pk}/"))
    comment = page[page.index('<article class="comment"') :]
    assert '<p class="handle"><bdi>@ida</bdi></p>' in comment
    assert '<a class="face" href="/authors/ida/" tabindex="-1" aria-hidden="true">' in comment
    assert '<a class="content" href="/" data-back>' in page


def test_comments_of_deactivated_users_are_hidden(post: Post) -> None:
    visible = CommentFactory.create(post=post)
    CommentFactory.create(post=post, author__is_active=False)
    response = get(f"/posts/{post.pk}/")
    assert shown(response, "comment") == [visible.pk]
    assert ">1 comment</h2>" in text(response)


def test_author_and_moderator_may_delete_a_comment(post: Post) -> None:
    comment = CommentFactory.create(post=post)
    offer = f'href="/comments/{comment.pk}/delete/"'
    for user, offered in (
        (None, False),
        (post.author, False),
        (comment.author, True),
        (UserFactory.create(is_staff=True), False),
        (permitted("delete_comment"), True),
    ):
        assert (offer in text(get(f"/posts/{post.pk}/", user))) is offered


def test_signed_out_page_is_shared_and_shows_changes_at_once(post: Post) -> None:
    response = get(f"/posts/{post.pk}/")
    assert response["Cache-Control"] == PUBLIC
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in text(response)
    Post.objects.filter(pk=post.pk).update(content="Changed")
    assert "Changed" in text(get(f"/posts/{post.pk}/"))


def reply(comment: Comment, **values: object) -> Comment:
    made: Comment = CommentFactory.create(post=comment.post, reply_to=comment, **values)
    return made


def test_replies_are_below_the_answered_comment(post: Post) -> None:
    first, second = CommentFactory.create_batch(2, post=post)
    below = reply(first)
    deeper = reply(below)
    for user in (None, post.author):
        response = get(f"/posts/{post.pk}/", user)
        assert shown(response, "comment") == [first.pk, below.pk, deeper.pk, second.pk]
        assert f'href="#comment-{below.pk}"' in text(response).split(f'id="comment-{deeper.pk}"')[1]


def test_reply_to_a_comment_on_an_earlier_page_links_to_it(
    post: Post, comments: list[Comment]
) -> None:
    late = reply(comments[3], content="LATE", created_at=NOON + timedelta(days=1))
    hidden = CommentFactory.create(post=post, author__is_active=False, created_at=NOON)
    reply(hidden, content="ORPHAN", created_at=NOON + timedelta(days=2))
    response = get(f"/posts/{post.pk}/")
    while (query := next_page(response)) is not None:
        response = get(f"/posts/{post.pk}/{query}")
    assert late.pk in shown(response, "comment")
    (link,) = re.findall(rf'href="([^"]*)#comment-{comments[3].pk}"', text(response))
    assert shown(get(f"/posts/{post.pk}/{unescape(link)}"), "comment")[0] == comments[3].pk
    assert f"#comment-{hidden.pk}" not in text(response)


def test_number_of_queries_does_not_depend_on_replies(
    post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = CommentFactory.create(post=post)
    for _ in range(9):
        reply(first)
    with django_assert_num_queries(2):
        get(f"/posts/{post.pk}/")


@pytest.mark.parametrize("signed_in", [False, True])
def test_preview_has_title_text_image_and_full_address(
    signed_in: bool,
) -> None:
    post = PostFactory.create(
        content='Say "hi" & <more>', image="posts/a.webp", image_width=4, image_height=3
    )
    page = text(get(f"/posts/{post.pk}/", post.author if signed_in else None))
    address = f"http://testserver/posts/{post.pk}/"
    assert f'<link rel="canonical" href="{address}">' in page
    assert f'<meta property="og:url" content="{address}">' in page
    assert 'property="og:image" content="http://testserver/media/posts/a.webp"' in page
    assert re.search(r'property="og:title" content="[^"]*user\d+', page)
    assert 'property="og:description" content="Say &quot;hi&quot; &amp; &lt;more&gt;"' in page


@pytest.mark.parametrize("path", ["/", "/posts/{pk}/", "/authors/ada/"])
def test_image_on_another_site_is_linked_and_not_loaded(path: str) -> None:
    address = "https://example.org/a.png?reader=1"
    post = PostFactory.create(author__username="ada", image_url=address, image_alt="A heron")
    page = text(get(path.format(pk=post.pk)))
    link = f'<a href="{address}" rel="nofollow noopener ugc"'
    assert link in page
    assert ">Image at example.org</a>" in page
    assert "A heron" in page
    assert address not in page.replace(link, "")
    images = re.findall(r'"og:image" content="(.*?)"', page)
    assert [image for image in images if "touch-icon" not in image] == []
