"""Request bodies that are not JSON, or not a JSON object."""

import json
from typing import Any

import pytest

from tests.factories import PostFactory
from tests.unit.posts.calls import JSON, call, fields, problem, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("body", [[], ["a"], "text", 5, None, True], ids=repr)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_json_other_than_an_object_is_refused(method: str, body: Any) -> None:
    post = PostFactory.create()
    path = "/api/posts/" if method == "post" else f"/api/posts/{post.pk}/"
    response = call(signed_in(post.author), method, path, json.dumps(body))
    assert fields(response) == {"non_field_errors"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        ('{"content": NaN}', JSON, 400),
        ("[" * 200_000, JSON, 400),
        ("{}", f"{JSON}; charset=zlib", 400),
        (json.dumps({"content": "x" * 300_000}), JSON, 413),
        ("content=Hello", "application/x-www-form-urlencoded", 415),
        (b"--a--", "multipart/form-data; boundary=a", 400),
        (b"--a--", "multipart/form-data", 400),
        (b"x" * 300_000, "multipart/form-data; boundary=a", 400),
        ("Hello", "text/plain", 415),
        ("Hello", "", 415),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_unreadable_body_is_refused(body: str | bytes, content_type: str, status: int) -> None:
    problem(signed_in().generic("POST", "/api/posts/", body, content_type), status)
