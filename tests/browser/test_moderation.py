"""Reporting posts and comments, and muting authors."""

import pytest
from playwright.sync_api import expect

from posts.models import Post, Report, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.ways import Way, bounds
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres, bounds]


@pytest.fixture
def post(transactional_db: None) -> Post:
    PostFactory.create(content="Nothing wrong with it.")
    return PostFactory.create(author=UserFactory.create(username="loud"), content="Buy! Buy!")


@pytest.fixture
def reader(visit: Visit, way: Way, post: Post) -> Reader:
    return visit(UserFactory.create(username="ada"), **way.context)


def report(reader: Reader) -> None:
    expect(reader.page.get_by_role("main")).to_contain_text("Buy!")
    reader.page.get_by_role("button", name="Send the report").click()
    # A report needs a reason.
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("Report this")
    reader.page.get_by_label("Spam").check()
    reader.page.get_by_label("Anything else").fill("Again and again.")
    reader.page.get_by_role("button", name="Send the report").click()
    expect(reader.page.get_by_text("Thank you. A moderator will look at it.")).to_be_visible()


def test_post_can_be_reported(reader: Reader, post: Post) -> None:
    reader.open().menu(reader.card(post), "text=Report")
    report(reader)
    report_row = Report.objects.get()
    assert report_row.post == post
    assert (report_row.reason, report_row.note) == ("spam", "Again and again.")


def test_comment_can_be_reported(reader: Reader, post: Post) -> None:
    comment = CommentFactory.create(post=post, content="Buy! Now!")
    reader.open(f"/posts/{post.pk}/")
    reader.menu(reader.card(comment), "[href$='/report/']")
    report(reader)
    assert Report.objects.get().comment == comment


def test_signed_out_reader_signs_in_and_reports(visit: Visit, way: Way, post: Post) -> None:
    UserFactory.create(username="ada")
    reader = visit(**way.context).open()
    reader.menu(reader.card(post), "text=Report")
    reader.page.get_by_label("Username or email address").fill("ada")
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    report(reader)
    assert Report.objects.get().reporter.username == "ada"


def test_muted_author_is_hidden_from_this_reader_only(
    reader: Reader, post: Post, visit: Visit
) -> None:
    comment = CommentFactory.create(post=Post.objects.exclude(pk=post.pk).get(), author=post.author)
    reader.open().menu(reader.card(post), "text=Mute @loud")
    expect(reader.page.get_by_text("You no longer see what loud writes.")).to_be_visible()
    expect(reader.cards).to_have_count(1)
    reader.open(f"/posts/{comment.post_id}/")
    expect(reader.card(comment)).to_be_hidden()
    other = visit(UserFactory.create()).open()
    expect(other.cards).to_have_count(2)


def test_author_can_be_unmuted(reader: Reader, post: Post) -> None:
    ada = User.objects.get(username="ada")
    ada.mutes.create(muted=post.author)
    reader.open()
    expect(reader.cards).to_have_count(1)
    reader.open("/accounts/profile/")
    reader.page.get_by_role("button", name="Unmute loud").click()
    expect(reader.page.get_by_text("You see what loud writes again.")).to_be_visible()
    expect(reader.open().cards).to_have_count(2)
