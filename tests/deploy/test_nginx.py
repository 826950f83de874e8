"""nginx with deploy/nginx.conf, in front of the site."""

import json
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from feed.verification.http_client import Reply
from tests.deploy.edge import CONFIGURATION, INSIDE, NAME, OUTSIDE, Edge
from tests.factories import PostFactory, UserFactory
from tests.site import Site
from tests.unit.feed.reading import bearer
from tests.unit.feed.traffic import FEED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis, pytest.mark.postgres]

Behind = Callable[..., tuple[Edge, Site]]
STATUS = "X-Cache-Status"


def write(edge: Edge, content: str, headers: dict[str, str]) -> Reply:
    headers = {**headers, "Content-Type": "application/json"}
    body = json.dumps({"content": content}).encode()
    return edge.request("POST", "/api/posts/", body=body, headers=headers)


def contents(reply: Reply) -> list[str]:
    return [post["content"] for post in reply.json()["posts"]]


def test_configuration_has_no_error_and_no_warning(put_edge: Callable[..., Edge]) -> None:
    output = put_edge("127.0.0.1:1").check_configuration()
    assert "test is successful" in output
    assert "warn" not in output


def test_each_placeholder_is_described_at_the_top() -> None:
    head, _, rest = CONFIGURATION.read_text().partition("\nworker_processes")
    used = set(re.findall(r"\$\{([A-Z_0-9]+)\}", rest))
    assert used
    assert used <= set(re.findall(r"EDGE_[A-Z_0-9]+", head))


def test_personal_cookies_are_those_of_the_front_door() -> None:
    found = re.search(r'"~\*\(\?:([a-z_|]+)\)="', CONFIGURATION.read_text())
    assert found  # without an anchor, so that it is found behind __Host- as well
    assert set(found[1].split("|")) == {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
        settings.MESSAGES_COOKIE_NAME,
    }


def test_body_limit_of_nginx_equals_the_limit_of_the_site() -> None:
    kilobytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
    assert f"client_max_body_size {kilobytes}k;" in CONFIGURATION.read_text()


def test_by_default_nothing_is_cached_and_a_write_shows_at_once(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    author = bearer(UserFactory.create())
    for number in range(10):
        edge.get(FEED)
        assert write(edge, f"Post {number}", author).status == 201
        assert contents(edge.get(FEED))[0] == f"Post {number}"
    entries = edge.wait_for_log(FEED, 20)
    assert len(entries) == 20
    assert all(entry["site_seconds"] for entry in entries)


def test_by_default_the_front_door_answers_304(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    PostFactory.create()
    etag = edge.get(FEED).headers["ETag"]
    reply = edge.request("GET", FEED, headers={"If-None-Match": etag})
    assert (reply.status, reply.body) == (304, b"")


def test_by_default_readers_do_not_wait_for_each_other(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    edge.get(FEED)
    replies = edge.get_concurrently(50, FEED)
    assert {reply.status for reply in replies} == {200}
    # With nginx's cache lock they would be served one by one, half a second apart.
    assert not [
        entry for entry in edge.wait_for_log(FEED, 51) if float(entry["request_seconds"]) > 1.5
    ]


def test_s_maxage_of_one_second_gives_one_site_request_per_second(
    behind: Behind,
) -> None:
    edge, _ = behind(s_maxage=1)
    PostFactory.create()
    began, reads = time.monotonic(), 0
    while time.monotonic() - began < 4:
        assert edge.get(FEED).status == 200
        reads += 1
    seconds = time.monotonic() - began
    entries = edge.wait_for_log(FEED, reads)
    site_requests = [entry for entry in entries if entry["site_seconds"]]
    assert len(entries) == reads > 20
    assert 2 <= len(site_requests) <= seconds + 1
    # An unchanged page is renewed by the site's 304.
    assert {entry["cache"] for entry in site_requests} == {"MISS", "REVALIDATED"}


def test_s_maxage_of_one_second_shows_a_write_within_two(
    behind: Behind, wait_until: Callable[..., None]
) -> None:
    edge, _ = behind(s_maxage=1)
    edge.get(FEED)
    assert write(edge, "New", bearer(UserFactory.create())).status == 201
    wait_until(lambda: contents(edge.get(FEED)) == ["New"], 2)


def test_stale_page_is_served_while_it_is_revalidated(
    behind: Behind, wait_until: Callable[..., None]
) -> None:
    edge, _ = behind(s_maxage=1, stale_while_revalidate=30)
    edge.get(FEED)
    wait_until(lambda: edge.get(FEED).headers[STATUS] == "STALE", 4)
    wait_until(lambda: edge.get(FEED).headers[STATUS] == "HIT")


def test_two_hundred_readers_of_an_uncached_page_cause_one_site_request(
    behind: Behind,
) -> None:
    edge, _ = behind(s_maxage=60)
    PostFactory.create(content="Here")
    replies = edge.get_concurrently(200, FEED)
    assert [contents(reply) for reply in replies] == [["Here"]] * 200
    assert sum(bool(entry["site_seconds"]) for entry in edge.wait_for_log(FEED, 200)) == 1


@pytest.mark.parametrize("path", [FEED, "/"])
def test_personal_requests_bypass_the_cache(path: str, behind: Behind) -> None:
    edge, _ = behind(s_maxage=60)
    user = UserFactory.create(username="ada")
    client = Client()
    client.force_login(user)
    session = {"Cookie": f"a=b; __Host-sessionid={client.cookies['sessionid'].value}"}
    for headers in (session, bearer(user), {"Cookie": "__Host-sessionid=of-nobody"}):
        for _ in range(2):
            personal = edge.request("GET", path, headers=headers)
            assert (personal.status, personal.headers[STATUS]) == (200, "BYPASS")
    first = edge.get(path)
    assert first.headers[STATUS] == "MISS"  # so no personal response was stored
    assert "ada" not in first.text
    assert edge.request("GET", path, headers=session).headers[STATUS] == "BYPASS"
    assert edge.request("GET", path, headers={"Cookie": "other=1"}).headers[STATUS] == "HIT"


def test_response_with_a_cookie_is_not_cached(behind: Behind) -> None:
    edge, _ = behind(s_maxage=60)
    cookies = [edge.get("/accounts/login/").headers["Set-Cookie"] for _ in range(3)]
    assert len(set(cookies)) == 3
    # It is in no file of nginx's cache.
    cached = [file for file in (edge.directory / "cache").rglob("*") if file.is_file()]
    assert not [file for file in cached if b"csrftoken" in file.read_bytes()]


def test_stale_page_is_served_while_the_site_is_down(
    behind: Behind, wait_until: Callable[..., None]
) -> None:
    edge, site = behind(s_maxage=1)
    PostFactory.create(content="Still here")
    assert contents(edge.get(FEED)) == ["Still here"]
    site.close()
    wait_until(lambda: edge.get(FEED).headers[STATUS] == "STALE")
    assert contents(edge.get(FEED)) == ["Still here"]
    assert edge.get("/api/feed/?limit=7").status == 502  # not in the cache
    assert write(edge, "Lost", {}).status == 502


def test_deleted_page_is_404_although_it_was_cached(
    behind: Behind, wait_until: Callable[..., None]
) -> None:
    edge, _ = behind(s_maxage=1)
    post = PostFactory.create()
    path = f"/posts/{post.pk}/"
    assert [edge.get(path).headers[STATUS] for _ in range(2)] == ["MISS", "HIT"]
    post.delete()
    wait_until(lambda: edge.get(path).status == 404, 3)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.5, br; q=0.0, zstd;q=0", "gzip"),
        ("zstd", "zstd"),
        ("deflate", None),
        ("brotli, xgzip", None),
        ("", None),
    ],
)
def test_reader_gets_an_accepted_encoding_from_one_stored_page(
    accepted: str, encoding: str | None, behind: Behind
) -> None:
    edge, _ = behind(s_maxage=60)
    for content in "ABC":
        PostFactory.create(content=content * 1000)
    plain = edge.get(FEED)
    other = edge.request("GET", FEED, headers={"Accept-Encoding": encoding or "identity"})
    reply = edge.request("GET", FEED, headers={"Accept-Encoding": accepted})
    assert reply.headers[STATUS] == "HIT"
    assert reply.headers["Content-Encoding"] == encoding
    assert reply.body == (other.body if encoding else plain.body)
    varies = {name.strip() for name in reply.headers["Vary"].lower().split(",")}
    assert varies == {"authorization", "cookie", "accept-encoding"}


def test_forwarded_scheme_of_a_client_is_ignored(behind: Behind) -> None:
    edge, site = behind(s_maxage=0)
    assert site.get("/").status == 301  # plain http: the site redirects
    assert site.get("/", **{"X-Forwarded-Proto": "https"}).status == 200  # it trusts its proxy
    reply = edge.request("GET", "/", headers={"X-Forwarded-Proto": "http"})
    assert reply.status == 200
    assert reply.headers["Strict-Transport-Security"]


def test_forwarded_address_of_a_client_is_ignored(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)

    def sign_in(name: str, claimed: str, client: str) -> int:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": claimed}
        body = json.dumps({"username": name, "password": "x"}).encode()
        path = "/api/auth/token/"
        return edge.request("POST", path, body=body, headers=headers, client=client).status

    # The site allows an address ten a minute, and a name fewer.
    answers = [sign_in(f"name{n}", f"203.0.113.{n}", OUTSIDE) for n in range(12)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert sign_in("name", OUTSIDE, INSIDE) == 401


def test_body_above_the_limit_does_not_reach_the_site(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    path = "/api/posts/7/comments/"
    reply = edge.request("POST", path, body=b"x" * (256 * 1024 + 1))
    assert reply.status == 413
    assert not edge.wait_for_log(path, 1)[0]["site_seconds"]


def test_too_many_writes_are_answered_with_429_and_retry_after(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    replies = [edge.request("POST", "/api/posts/", client=OUTSIDE) for _ in range(150)]
    stopped = [reply for reply in replies if reply.status == 429]
    assert stopped
    assert stopped[0].headers["Retry-After"]
    refused_by_nginx = [
        entry for entry in edge.wait_for_log("/api/posts/", 150) if not entry["site_seconds"]
    ]
    assert refused_by_nginx
    assert edge.request("GET", FEED, client=OUTSIDE).status == 200  # reads have a separate limit


def test_health_is_readable_from_inside_only(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    assert edge.request("GET", "/health/cache", client=INSIDE).status == 200
    assert edge.request("GET", "/health/cache", client=OUTSIDE).status == 403


def test_forms_with_an_image_have_a_higher_body_limit(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    # The site reads the whole form to find its CSRF token. Otherwise it could answer and close the
    # connection while nginx is still sending.
    part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    form_body = part + b"x" * 9_000_000 + b"\r\n--b--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    form |= {"Cookie": f"__Host-csrftoken={'a' * 32}", "Origin": f"https://{NAME}"}
    for path, status in (
        ("/posts/new/", 403),  # the site's status for a form without its token
        ("/posts/7/edit/", 403),
        ("/accounts/profile/", 403),
        ("/api/posts/", 401),
        ("/api/posts/7/", 401),
    ):
        method = "PATCH" if path == "/api/posts/7/" else "POST"
        assert edge.request(method, path, body=form_body, headers=form).status == status
        assert edge.request("POST", path, body=b"x" * (32 * 1024 * 1024 + 1)).status == 413
    assert edge.request("POST", "/posts/7/comments/", body=b"x" * 9_000_000).status == 413


def test_http_is_redirected_to_https_and_other_names_are_refused(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    reply = edge.request("GET", "/posts/1/?a=b", tls=False)
    assert (reply.status, reply.headers["Location"]) == (308, f"https://{NAME}/posts/1/?a=b")
    with pytest.raises(ssl.SSLError):
        edge.handshake("other.example.org")
    assert edge.handshake(NAME) == "h2"


def test_static_files_are_served_from_disk_and_hashed_names_never_expire(
    put_edge: Callable[..., Edge], tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "site.0123456789ab.css").write_text("a {}")
    (tmp_path / "site.0123456789ab.css.gz").write_bytes(b"packed")
    (tmp_path / "site.css").write_text("a {}")
    edge = put_edge("127.0.0.1:1", static=tmp_path)
    hashed = edge.get("/static/site.0123456789ab.css")
    assert (hashed.status, hashed.text) == (200, "a {}")
    assert "immutable" in hashed.headers["Cache-Control"]
    assert hashed.headers["Content-Type"] == "text/css; charset=utf-8"
    packed = edge.request(
        "GET", "/static/site.0123456789ab.css", headers={"Accept-Encoding": "gzip"}
    )
    assert packed.body == b"packed"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert edge.get("/static/site.css").headers["Cache-Control"] == "public, max-age=60"
    assert edge.get("/static/../nginx.conf").status in {400, 404, 502}


def test_missing_static_files_are_served_by_the_site(behind: Behind) -> None:
    edge, _ = behind(s_maxage=0)
    reply = edge.get("/static/feed/style.css")
    assert reply.status == 200
    assert edge.get("/static/none.0123456789ab.css").status == 404
