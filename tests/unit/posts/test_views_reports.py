"""Reports of posts and comments by readers."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from posts.models import Comment, Report
from tests.factories import CommentFactory, UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment() -> Comment:
    made: Comment = CommentFactory.create(content="Buy figs!", post__content="All about figs")
    return made


def paths(comment: Comment) -> dict[str, str]:
    return {
        "post": f"/posts/{comment.post_id}/report/",
        "comment": f"/comments/{comment.pk}/report/",
    }


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_reader_reports_a_post_or_a_comment(comment: Comment, kind: str) -> None:
    reader = UserFactory.create()
    client, path = signed_in(reader), paths(comment)[kind]
    assert ("Buy figs!" if kind == "comment" else "All about figs") in page(client.get(path))

    response = client.post(path, {"reason": "spam", "note": " Again\r\nand again "}, follow=True)

    report = Report.objects.get()
    assert report.subject == (comment if kind == "comment" else comment.post)
    assert (report.reporter, report.reason, report.note) == (reader, "spam", "Again\nand again")
    assert report.resolved_at is None
    reported = report.subject.content
    report.subject.content = "I never said that."
    report.subject.save()
    assert Report.objects.get().reported_text == reported
    assert "Thank you. A moderator will look at it." in page(response)
    after = f"#comment-{comment.pk}" if kind == "comment" else ""
    assert response.redirect_chain == [(f"/posts/{comment.post_id}/{after}", 302)]


@pytest.mark.parametrize("kind", ["post", "comment"])
def test_second_report_replaces_the_first_and_opens_it(comment: Comment, kind: str) -> None:
    client, path = signed_in(), paths(comment)[kind]
    client.post(path, {"reason": "spam"})
    Report.objects.update(resolved_at=timezone.now(), resolved_by=UserFactory.create())
    client.post(path, {"reason": "abuse", "note": "Now this"})
    report = Report.objects.get()
    assert (report.reason, report.note) == ("abuse", "Now this")
    assert (report.resolved_at, report.resolved_by) == (None, None)
    signed_in().post(path, {"reason": "spam"})
    assert Report.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"note": "kept text"}, "Choose what is wrong with it."),
        ({"reason": "revenge", "note": "kept text"}, "not one of the available choices"),
        ({"reason": "other", "note": "kept" * 126}, "That is 504 characters; 500 fit."),
    ],
)
@pytest.mark.parametrize("kind", ["post", "comment"])
def test_refused_report_is_shown_again_as_typed(
    comment: Comment, kind: str, values: dict[str, str], said: str
) -> None:
    response = signed_in().post(paths(comment)[kind], values)
    assert response.status_code == 422
    assert all(text in page(response) for text in (said, values["note"]))
    assert not Report.objects.exists()


def test_reports_are_not_shown_to_readers(comment: Comment) -> None:
    for path in paths(comment).values():
        signed_in().post(path, {"reason": "abuse", "note": "between us"})
    pages: list[Any] = [
        client.get(path)
        for client in (Client(), signed_in(comment.author))
        for path in ("/", f"/posts/{comment.post_id}/", f"/api/posts/{comment.post_id}/")
    ]
    assert not [response for response in pages if "between us" in page(response)]
