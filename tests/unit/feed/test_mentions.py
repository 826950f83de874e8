"""Texts link the people whom they mention, and only those."""

# ruff: noqa: RUF001 -- the tests need letters that look alike

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from feed import pages
from posts.mentions import SIZES, _compiled, mentioned, names
from posts.models import Comment, Post, User
from posts.text import MENTIONS_MAX
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.feed.reading import get, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def mentions(path: str, user: User | None = None) -> list[tuple[str, str]]:
    """Return address and text of each mention on a page."""
    return re.findall(r'<a class="mention" href="([^"]*)">([^<]*)</a>', text(get(path, user)))


IDA = ("/authors/ida/", "@ida")


def test_only_real_people_are_linked_in_posts_comments_and_bios() -> None:
    ida = UserFactory.create(username="ida", bio="With @Oisín, not @nobodyhere.")
    UserFactory.create(username="oisín")
    UserFactory.create(username="gone", is_active=False)
    post: Post = PostFactory.create(author=ida, content="@Ida, @gone and @nobodyhere: @ida.")
    CommentFactory.create(post=post, content="Ask @oisi\u0301n, not @gone.")
    reply_to = Comment.objects.get()
    CommentFactory.create(post=post, content="@ida?", reply_to=reply_to)
    of_post = [("/authors/ida/", "@Ida"), IDA]
    oisin = "/authors/ois%C3%ADn/"
    for user in (None, ida):
        assert mentions("/", user) == of_post
        assert mentions("/authors/ida/", user) == [(oisin, "@Oisín"), *of_post]
        assert mentions(f"/posts/{post.pk}/", user) == [*of_post, (oisin, "@oisi\u0301n"), IDA]
    assert mentions(f"/posts/{post.pk}/delete/", ida) == of_post
    assert mentions("/search/?q=nobodyhere") == of_post


def test_right_account_is_linked_whatever_the_case() -> None:
    old, lower, only = (
        UserFactory.create(username=name) for name in ("Ida", "ida", "Lea.M@old.example")
    )
    found = mentioned(["@Ida @ida @IDA", "@LEA.M@Old.example and @Lea.M@old.example"])
    assert found == {
        "Ida": old.get_absolute_url(),
        "ida": lower.get_absolute_url(),
        "IDA": lower.get_absolute_url(),
        "LEA.M@Old.example": only.get_absolute_url(),
        "Lea.M@old.example": only.get_absolute_url(),
    }
    lower.delete()
    assert mentioned(["@IDA"]) == {"IDA": old.get_absolute_url()}


def test_name_that_looks_like_another_is_not_linked() -> None:
    UserFactory.create(username="ida")
    assert mentioned(["@іda @idа @1da", "x@ida.example /@ida https://a.org/@ida `@ida`"]) == {}
    assert mentioned(["@ｉｄａ"]) == {"ｉｄａ": "/authors/ida/"}  # sign-in takes it, too
    PostFactory.create(content="```\n@ida\n```\nme@ida.example https://a.org/@ida")
    assert mentions("/") == []


def test_page_shows_at_once_who_is_renamed_deactivated_or_deleted() -> None:
    ida = UserFactory.create(username="ida")
    PostFactory.create(content="@ida @new")
    assert mentions("/") == [IDA]
    ida.username = "new"
    ida.save()
    assert mentions("/") == [("/authors/new/", "@new")]
    User.objects.update(is_active=False)
    assert mentions("/") == []
    User.objects.update(is_active=True)
    assert mentions("/") == [("/authors/new/", "@new")]
    User.objects.filter(pk=ida.pk).delete()
    assert mentions("/") == []


def test_names_of_a_page_are_one_query_and_none_without_names(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = UserFactory.create_batch(3)
    post: Post = PostFactory.create(content="me@example.org")
    CommentFactory.create_batch(3, post=post, content="A price: 3 @ 4")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            pages.load_post_page(post.pk, None)
        return len(captured)

    without = queries()
    for person in people:
        CommentFactory.create(post=post, content=f"@{person.username} @nobody")
    assert queries() == without + 1
    with django_assert_num_queries(0):
        assert mentioned(["no name", "`@ida`", "a@b.org", "```\n@ida"]) == {}


def test_any_number_of_names_is_one_query_and_few_are_compiled(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = UserFactory.create_batch(3)
    crowd = [" ".join(f"@n{place}x{one}" for one in range(40)) for place in range(51)]
    _compiled.cache_clear()
    with django_assert_num_queries(1):
        found = mentioned([*crowd, *(f"@{person.username}" for person in people)])
    assert found == {person.username: person.get_absolute_url() for person in people}
    for count in range(1, SIZES[-1]):
        mentioned([" ".join(f"@q{place}" for place in range(count))])
    assert _compiled.cache_info().currsize <= len(SIZES) + 3


def test_only_as_many_names_as_a_text_may_link_are_looked_up() -> None:
    assert len(names("@a " * 300)) == MENTIONS_MAX


@pytest.mark.postgres
def test_names_are_looked_up_by_indexes() -> None:
    UserFactory.create_batch(3)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        mentioned(["@ida"])
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("SET enable_seqscan = on")
    assert "posts_user_lower_username" in plan, plan
    assert "Seq Scan" not in plan, plan
