"""No request changes the front door's responses to later requests.

After any requests, the next response equals the one that Django gives without the front door.
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
# Headers that depend on the encoding.
ENCODING_HEADERS = {"ETag", "Content-Encoding"}
PRIVATE = "private, no-cache"

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


@given(sent=st.lists(requests, min_size=1, max_size=REQUESTS))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_request_changes_the_response_to_a_later_request(
    sent: list[tuple[str, str, dict[str, str]]], post: Post
) -> None:
    door = Door()
    # Each request twice: the second may get what the first has stored.
    for method, path, given_headers in [*sent, *sent]:
        check(door, method, path.format(pk=post.pk), given_headers)
    for path in ("/", "/api/feed/", f"/posts/{post.pk}/"):
        check(door, "GET", path, {})


def check(door: Door, method: str, path: str, request_headers: dict[str, str]) -> None:
    """Compare the responses of the front door and Django, apart from encoding and time."""
    answer, django = (
        door.request(method, path, **request_headers),
        door.django(path, method=method, **request_headers),
    )
    if method == "HEAD" and answer.status == 304:
        # RFC 9110 applies If-None-Match to GET and HEAD; Django's middleware only to GET.
        django = door.django(path, method="GET", **request_headers)
    if (answer.status, django.status) == (200, 304):
        # The ETag belongs to an encoding that the client does not accept: 200 is right.
        plain = {name: value for name, value in request_headers.items() if name != "If_None_Match"}
        django = door.django(path, method=method, **plain)
    assert answer.status == django.status, (method, path, request_headers)
    assert answer.status < 500, (method, path, request_headers)
    if "Cookie" not in request_headers:
        assert "Set-Cookie" not in answer.headers or answer.by_django
    if django.status not in {200, 304}:
        return
    if django.status == 200:
        # With a cookie the front door's Cache-Control may be stricter than Django's.
        if answer.headers.get("Cache-Control") == PRIVATE:
            django.headers["Cache-Control"] = PRIVATE
        assert lasting(answer) == lasting(django), (method, path, request_headers)
    if method == "GET" and django.status == 200 and not is_masked(django):
        assert decoded(answer) == decoded(django), (method, path, request_headers)


def lasting(answer: Answer) -> dict[str, Any]:
    kept = {name: value for name, value in answer.lasting().items() if name != "Set-Cookie"}
    return {name: value for name, value in kept.items() if name not in ENCODING_HEADERS}


def is_masked(answer: Answer) -> bool:
    """Return whether the page contains a CSRF token, which is masked differently each time."""
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
