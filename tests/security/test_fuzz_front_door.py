"""No request, however made, changes what the front door then gives to others.

Whatever request comes first, the next one gets what Django alone would answer to it.
"""

import zlib
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feed.cache import feed_cache
from posts.models import Post
from tests.factories import CommentFactory, PostFactory
from tests.unit.feed.door import Answer, Door

pytestmark = pytest.mark.django_db(transaction=True)

REQUESTS = 8
# What differs from answer to answer, or says which encoding it has.
_OF_THE_ENCODING = {"ETag", "Content-Encoding"}
_PRIVATE = "private, no-cache"

methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "get", "TRACE"])
paths = st.sampled_from(
    [
        *("/", "//", "/./", "/api/feed/", "/api/feed", "/api/feed/?limit=5", "/api/feed/?limit=05"),
        *("/api/feed/?limit=5&limit=6", "/?cursor=", "/?cursor=x", "/?x=1", "/?", "/authors/ada/"),
        *("/authors/ADA/", "/authors/ada", "/tags/one/", "/tags/ONE/", "/posts/{pk}/"),
        *("/posts/0{pk}/", "/posts/{pk}/?cursor=", "/posts/999999/", "/search/?q=first"),
        *("http://localhost/", "http://evil.example/", "/\u00e9/", "/api/feed/?format=html"),
    ]
)
hosts = st.sampled_from(
    ["localhost", "localhost", "127.0.0.1", "LOCALHOST", "localhost:80", "evil.example", "", "a b"]
)
values: dict[str, st.SearchStrategy[str]] = {
    "Host": hosts,
    "Accept_Encoding": st.sampled_from(
        ["gzip", "br", "zstd", "identity;q=0", "gzip;q=0, br", "*", "GZIP", "gzip, gzip", ";"]
    )
    | st.text(alphabet="gzipbr*;q=01., ", max_size=20),
    "If_None_Match": st.sampled_from(["*", '"x"', "W/", '"', "x, y", '"a", W/"b"']),
    "If_Match": st.sampled_from(["*", '"x"']),
    "If_Modified_Since": st.just("Sat, 29 Oct 2044 19:43:31 GMT"),
    "Range": st.sampled_from(["bytes=0-5", "bytes=-1", "lines=1"]),
    "Accept": st.sampled_from(["text/html", "application/json", "*/*;q=0", "x"]),
    "Accept_Language": st.sampled_from(["de", "fr, en;q=0.1", "*"]),
    "Cookie": st.sampled_from(
        ["a=b", "sessionid=x", "sessionid =x", "csrftoken=y", "messages=z", "; ;", "=", "a"]
    ),
    "Authorization": st.sampled_from(["Bearer x", "Basic eDp5", "", "Bearer"]),
    "Origin": st.just("https://evil.example"),
    "X_Forwarded_Host": st.just("evil.example"),
    "X_Forwarded_Proto": st.sampled_from(["https", "http", "https, http"]),
    "X_Forwarded_For": st.just("127.0.0.1"),
    "X_Forwarded_Port": st.just("444"),
    "X_Original_Url": st.just("/admin/"),
    "X_Rewrite_Url": st.just("/admin/"),
    "X_Http_Method_Override": st.just("DELETE"),
    "Hx_Request": st.just("true"),
    "wsgi.url_scheme": st.sampled_from(["https", "http"]),
}
headers = st.lists(st.sampled_from(sorted(values)), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: values[name] for name in names})
)
requests = st.tuples(methods, paths, headers)


@pytest.fixture
def post() -> Post:
    feed_cache().self_check.due_at = float("inf")
    post: Post = PostFactory.create(author__username="ada", content="FIRST #one")
    CommentFactory.create(post=post)
    return post


@given(made=st.lists(requests, min_size=1, max_size=REQUESTS))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_request_changes_what_the_front_door_gives_to_the_next(
    made: list[tuple[str, str, dict[str, str]]], post: Post
) -> None:
    door = Door()
    # Each twice: what the first left behind, the second may get.
    for method, path, how in [*made, *made]:
        check(door, method, path.format(pk=post.pk), how)
    for path in ("/", "/api/feed/", f"/posts/{post.pk}/"):
        check(door, "GET", path, {})


def check(door: Door, method: str, path: str, how: dict[str, str]) -> None:
    """The front door's answer and Django's are the same, but for the encoding and the moment."""
    answer, django = door.request(method, path, **how), door.django(path, method=method, **how)
    if method == "HEAD" and answer.status == 304:
        # Django's middleware looks at the condition of a GET alone; RFC 9110 at that of both.
        django = door.django(path, method="GET", **how)
    if (answer.status, django.status) == (200, 304):
        # Its validator is of an encoding that the client did not name: the whole answer is right.
        plain = {name: value for name, value in how.items() if name != "If_None_Match"}
        django = door.django(path, method=method, **plain)
    assert answer.status == django.status, (method, path, how)
    assert answer.status < 500, (method, path, how)
    if "Cookie" not in how:
        assert "Set-Cookie" not in answer.headers or answer.by_django
    if django.status not in {200, 304}:
        return
    if django.status == 200:
        # With a cookie the front door may be stricter, never laxer.
        if answer.headers.get("Cache-Control") == _PRIVATE:
            django.headers["Cache-Control"] = _PRIVATE
        assert lasting(answer) == lasting(django), (method, path, how)
    if method == "GET" and django.status == 200 and not is_masked(django):
        assert decoded(answer) == decoded(django), (method, path, how)


def lasting(answer: Answer) -> dict[str, Any]:
    kept = {name: value for name, value in answer.lasting().items() if name != "Set-Cookie"}
    return {name: value for name, value in kept.items() if name not in _OF_THE_ENCODING}


def is_masked(answer: Answer) -> bool:
    """Whether the page holds a form's token, whose mask is another each time."""
    return b"csrfmiddlewaretoken" in answer.body


def decoded(answer: Answer) -> bytes:
    match answer.headers.get("Content-Encoding"):
        case "gzip":
            return zlib.decompress(answer.body, 31)
        case "br":
            return bytes(brotli.decompress(answer.body))
        case "zstd":
            return zstandard.ZstdDecompressor().decompress(answer.body)
    return answer.body
