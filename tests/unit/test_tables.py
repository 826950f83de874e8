"""What a test committed is deleted after it."""

import pytest
from django.contrib.auth.models import Permission

from posts.models import Comment, Post, User
from tests.factories import CommentFactory
from tests.tables import Tables

pytestmark = pytest.mark.django_db(transaction=True)


def test_committed_rows_are_deleted_and_permissions_stay() -> None:
    tables, permissions = Tables(), Permission.objects.count()
    comment = CommentFactory.create()
    CommentFactory.create(reply_to=comment, post=comment.post)
    assert permissions > 0
    tables.empty()
    assert [model.objects.count() for model in (Comment, Post, User)] == [0, 0, 0]
    assert Permission.objects.count() == permissions
    tables.empty()  # with nothing to delete
