"""Writes by the API beside a plain DRF view that does the same: CPU per request, and rates."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import accounting, wrk
from benchmarks.environment import DEMO, Environment
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import PLAIN, unlimited

# Two that write and four that wait for them: more would be refused by a server that is starved.
CONNECTIONS = 6
POSTS_TO_LIKE = 500
POSTS_TO_COMMENT = 50
TEXT = (
    "A benchmark has written this text about caches: invalidation is the hard part."
    " #caching @demo https://example.org/page"
)
COLUMNS = [
    "write", "ours CPU ms", "plain CPU ms", "ours / plain", "ours requests/s", "plain requests/s",
    "ours CPU ms beside", "plain CPU ms beside", "errors",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Costs of one round. `cpu_ms` of the server, `beside_ms` of PostgreSQL and Redis."""

    cpu_ms: float
    beside_ms: float
    per_second: float
    errors: int


def run(servers: Servers, *, quick: bool) -> Table:
    seconds, rounds = (1, 1) if quick else (4, 7)
    sites = [servers.start(server).wait() for server in (unlimited(), PLAIN)]
    environment = servers.environment
    rows: list[list[Cell]] = []
    with _new_rows_removed(sites):
        for name, lines in KINDS.items():
            requests = environment.requests(lines(environment))
            pairs = []
            for number in range(rounds):
                # Each is the first one in every second round.
                order = sites if number % 2 == 0 else sites[::-1]
                costs = {id(site): _cost(site, environment, requests, seconds) for site in order}
                pairs.append((costs[id(sites[0])], costs[id(sites[1])]))
            rows.append([name, *_figures(pairs)])
    return Table(
        name="api writes",
        title="Writes by API beside a plain DRF view",
        says=(
            "Ours has its default settings, limits that are not reached, and tells all workers of "
            "each change. The plain view has one serializer, knox's token authentication, one save "
            "and no cache. Both run Django in four threads, on the same database and token. "
            f"{CONNECTIONS} connections; medians of {rounds} rounds of {seconds} s, both in turn "
            "in each round. Beside: Redis and PostgreSQL."
        ),
        columns=COLUMNS,
        rows=rows,
    )


def posts(environment: Environment) -> list[str]:
    """Return requests as `wrk.lua` reads them: each writes a post."""
    return [_line(environment, "/api/posts/", "POST", _body(number)) for number in range(100)]


def likes(environment: Environment) -> list[str]:
    """Return requests that like posts in turn, and then take each like back."""
    paths = [f"/api/posts/{pk}/like/" for pk in _newest_posts(POSTS_TO_LIKE)]
    return [_line(environment, path, method) for method in ("PUT", "DELETE") for path in paths]


def comments(environment: Environment) -> list[str]:
    """Return requests that comment on posts in turn."""
    return [
        _line(environment, f"/api/posts/{pk}/comments/", "POST", _body(number))
        for number, pk in enumerate(_newest_posts(POSTS_TO_COMMENT))
    ]


KINDS: dict[str, Callable[[Environment], list[str]]] = {
    "post": posts,
    "like set or taken back": likes,
    "comment": comments,
}


def _line(environment: Environment, path: str, method: str, body: str = "") -> str:
    return "\t".join([path, method, "Authorization", f"Bearer {environment.token}", body])


def _body(number: int) -> str:
    return f'{{"content": "{TEXT} {number}"}}'


def _newest_posts(count: int) -> list[int]:
    from posts.models import Post

    return list(Post.objects.newest_first().values_list("pk", flat=True)[:count])


def _cost(running: Running, environment: Environment, requests: Path, seconds: int) -> Cost:
    roots = running.roots, environment.roots
    before = [accounting.cpu_seconds(each) for each in roots]
    load = wrk.load(running.url + "/", seconds=seconds, connections=CONNECTIONS, paths=requests)
    used = [accounting.cpu_seconds(each) - was for each, was in zip(roots, before, strict=True)]
    cpu_ms, beside_ms = (1e3 * each / max(1, load.requests) for each in used)
    return Cost(cpu_ms=cpu_ms, beside_ms=beside_ms, per_second=load.per_second, errors=load.errors)


def _figures(pairs: list[tuple[Cost, Cost]]) -> list[Cell]:
    """Return the cells of a row from the costs of both sites in each round."""
    ours, plain = zip(*pairs, strict=True)

    def median(costs: tuple[Cost, ...], figure: str) -> float:
        return float(statistics.median(getattr(cost, figure) for cost in costs))

    # Not 0: CPU time is counted in ticks of the kernel.
    ratios = [own.cpu_ms / max(other.cpu_ms, 0.001) for own, other in pairs]
    return [
        median(ours, "cpu_ms"),
        median(plain, "cpu_ms"),
        statistics.median(ratios),
        median(ours, "per_second"),
        median(plain, "per_second"),
        median(ours, "beside_ms"),
        median(plain, "beside_ms"),
        sum(own.errors + other.errors for own, other in pairs),
    ]


@contextmanager
def _new_rows_removed(sites: list[Running]) -> Iterator[None]:
    """Remove what the demo account has written in the block, by these sites."""
    from posts.models import Comment, Like, Post, User

    user = User.objects.get(username=DEMO)
    rows: list[Any] = [
        Post.objects.filter(author=user),
        Comment.objects.filter(author=user),
        Like.objects.filter(user=user),
    ]
    before = [set(each.values_list("pk", flat=True)) for each in rows]
    try:
        yield
    finally:
        for site in sites:  # they still handle the last requests when the load has ended
            accounting.wait_until_idle(site.roots)
        for each, kept in zip(rows, before, strict=True):
            each.exclude(pk__in=kept).delete()
