"""Fixtures for nginx in front of the site. Without nginx, tests fail in CI and skip elsewhere."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.deploy.edge import Cache, Edge
from tests.site import Site


@pytest.fixture
def put_edge() -> Iterator[Callable[..., Edge]]:
    """`put_edge("127.0.0.1:8000", cache="pages")`: start nginx in front of that address."""
    if not shutil.which("nginx"):
        assert not os.environ.get("CI"), "nginx is not installed."
        pytest.skip("nginx is not installed.")
    with ExitStack() as stack:

        def start(site: str, *, cache: Cache = "pages", static: Path | None = None) -> Edge:
            edge = Edge(site, cache=cache, static=static)
            stack.callback(edge.close)
            edge.start()
            return edge

        yield start


@pytest.fixture
def site(serve: Callable[..., Site]) -> Callable[..., Site]:
    """`site(s_maxage=1)`: start the site with one worker, configured for a TLS proxy."""

    def start(*, s_maxage: int, stale_while_revalidate: int = 0) -> Site:
        return serve(
            WEB_WORKERS="1",
            HTTPS="1",
            TRUSTED_PROXIES="1",
            REDIS_TIMEOUT="2",  # a slow answer on a busy machine is not an outage
            EDGE_S_MAXAGE_SECONDS=str(s_maxage),
            EDGE_STALE_WHILE_REVALIDATE_SECONDS=str(stale_while_revalidate),
        )

    return start


@pytest.fixture
def behind(
    put_edge: Callable[..., Edge], site: Callable[..., Site]
) -> Callable[..., tuple[Edge, Site]]:
    """`behind(s_maxage=1)`: start nginx and the site; nginx caches pages unless it is 0."""

    def start(*, s_maxage: int, **options: int) -> tuple[Edge, Site]:
        served = site(s_maxage=s_maxage, **options)
        cache = "pages" if s_maxage else "off"
        return put_edge(f"127.0.0.1:{served.port}", cache=cache), served

    return start
