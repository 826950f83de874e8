"""The measured subjects: each is a request to a server, and the expected answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.environment import OURS, Environment
from benchmarks.servers import Server

Group = Literal["limit", "peer", "ours"]
Expected = Literal["json", "not modified", "head", "encoded", "html", "any json"]

# The subject that all others are compared with.
BARE = "bare callable"
# Subjects of a quick run: one for each kind of server, request and check.
QUICK = {
    "DRF, cache.get on django-redis",
    "JSON",
    "JSON, 304",
    "JSON, HEAD",
    "JSON, gzip",
    "page",
    "page, signed in",
    "JSON, with a token",
    "JSON, each a miss",
    "JSON, behind nginx",
}
PLAIN = Server(name="plain", kind="wsgi", target="benchmarks.peers.wsgi:application", redis=1)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A measured request.

    `bare_at` is the path at which the bare callable gives the same answer, or empty.
    `fresh_paths`: each request is for another page of older posts, which is not cached.
    """

    name: str
    group: Group
    server: Server
    path: str
    expected: Expected = "json"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    bare_at: str = ""
    fresh_paths: bool = False


def ours(
    name: str = "ours",
    *,
    redis: int | None = OURS,
    workers: int = 1,
    env: Mapping[str, str] | None = None,
) -> Server:
    """Return our site's server. `env` overrides its settings."""
    env = {"WEB_WORKERS": str(workers), **(env or {})}
    return Server(name=name, kind="ours", redis=redis, env=env)


def unlimited() -> Server:
    """Return our site's server without the limits that one address or account would reach."""
    scopes = "WRITES UPLOADS SEARCHES UNCACHED_READS TOKEN_REQUESTS SIGN_INS"
    limits = {f"LIMIT_{scope}": "1000000/second" for scope in scopes.split()}
    # Wrong passwords of one account: its limit would refuse them before the hash is computed.
    limits |= dict.fromkeys(("LIMIT_SIGN_IN_FAILURES", "LIMIT_ACCOUNT_FAILURES"), "1000000/second")
    return ours("ours-unlimited", env=limits)


def _peer(name: str, path: str, server: Server) -> Subject:
    return Subject(name=name, group="peer", server=server, path=path)


def _django(peer: str, redis: int, *, extra_packages: bool = False) -> Server:
    return Server(
        name=peer,
        kind="wsgi",
        target=PLAIN.target,
        redis=redis,
        env={"BENCH_PEER": peer},
        extra_packages=extra_packages,
    )


def fastapi(pool_size: int) -> Server:
    """Return a FastAPI server with so many connections to Redis."""
    return Server(
        name=f"fastapi-{pool_size}",
        kind="asgi",
        target="benchmarks.peers.fastapi_app:app",
        redis=5,
        env={"BENCH_POOL_SIZE": str(pool_size)},
        extra_packages=True,
    )


def peers() -> list[Subject]:
    """Return the subjects that use other caches."""
    cacheops = _django("cacheops", 3, extra_packages=True)
    return [
        _peer("DRF, no cache", "/none/", PLAIN),
        _peer("DRF, cache.get on django-redis", "/django-redis/", PLAIN),
        _peer("DRF, the same without middleware", "/django-redis/", _django("lean", 2)),
        _peer("Django, cache_page on django-redis", "/cache-page/", PLAIN),
        _peer("DRF, django-cacheops", "/none/", cacheops),
        _peer("Django, cached_view_as of django-cacheops", "/cached-view-as/", cacheops),
        _peer("DRF, django-cachalot", "/none/", _django("cachalot", 4, extra_packages=True)),
        _peer("FastAPI, async Redis, pool of 10", "/feed", fastapi(10)),
        _peer("FastAPI, async Redis, pool of 1,000", "/feed", fastapi(1_000)),
        _peer("FastAPI, the same, response model", "/feed-model", fastapi(1_000)),
        _peer("FastAPI, the same, bytes as they are", "/feed-bytes", fastapi(1_000)),
    ]


def ours_all(
    environment: Environment, *, etag: str, author: str, post_id: str, tag: str
) -> list[Subject]:
    """Return each kind of read of our site. `etag`, `author`, `post_id` are of the newest page."""
    feed = "/api/feed/"

    def subject(
        name: str, path: str = feed, *, server: Server | None = None, **more: object
    ) -> Subject:
        return Subject(name=name, group="ours", server=server or ours(), path=path, **more)  # type: ignore[arg-type] # by name

    def html(name: str, path: str, bare_at: str = "", **headers: str) -> Subject:
        return subject(name, path, expected="html", bare_at=bare_at, headers=headers)

    def miss(name: str, path: str) -> Subject:
        return subject(name, path, expected="html", fresh_paths=True, server=unlimited())

    encoded = [
        subject(
            f"JSON, {name}",
            expected="encoded",
            headers={"Accept-Encoding": name},
            bare_at=f"/{name}",
        )
        for name in ("gzip", "br", "zstd")
    ]
    unchanged = {"If-None-Match": etag}
    memory = ours("ours-memory", redis=None)
    return [
        subject("JSON", bare_at="/json"),
        subject("JSON, in-process cache", server=memory),
        subject("JSON, 304", expected="not modified", headers=unchanged, bare_at="/304"),
        subject("JSON, HEAD", expected="head", method="HEAD", bare_at="/head"),
        *encoded,
        html("page", "/", bare_at="/page"),
        html("author's page", f"/authors/{author}/", bare_at="/author"),
        html("post's page", f"/posts/{post_id}/", bare_at="/post"),
        html("page, signed in", "/", Cookie=environment.session_cookie),
        subject("JSON, with a token", headers={"Authorization": f"Bearer {environment.token}"}),
        subject("JSON, each a miss", expected="any json", fresh_paths=True),
        miss("page, each a miss", "/"),
        miss("author's page, each a miss", f"/authors/{author}/"),
        miss("hashtag's page, each a miss", f"/tags/{tag}/"),
        subject(
            "JSON, each a miss, in-process", expected="any json", fresh_paths=True, server=memory
        ),
        subject("JSON, two workers", server=ours("ours-2", workers=2)),
    ]
