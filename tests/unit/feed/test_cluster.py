"""A Redis Cluster: calls find the node with the feed, also after a failover to another node."""

from collections.abc import Callable, Iterator

import pytest

from tests.factories import UserFactory
from tests.site import Site
from tests.unit.feed.reading import bearer
from tests.unit.feed.traffic import FEED, Traffic
from tests.unit.freshcache.topologies import Cluster

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgres,
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


@pytest.fixture
def workers(cluster: Cluster, serve: Callable[..., Site]) -> list[Site]:
    """Two workers, each configured with one node that does not hold the feed."""
    return [
        serve(REDIS_URL=f"redis+cluster://127.0.0.1:{node.port}", WEB_WORKERS="1")
        for node in cluster.others
    ]


def test_feed_survives_the_loss_of_its_cluster_node(
    cluster: Cluster, workers: list[Site], wait_until: Callable[..., None]
) -> None:
    token = bearer(UserFactory.create())

    def write(site: Site, content: str) -> None:
        reply = site.request("POST", "/api/posts/", body={"content": content}, headers=token)
        assert reply.status == 201

    def newest(site: Site) -> str:
        return str(site.get(FEED).json()["posts"][0]["content"])

    def healthy() -> bool:
        return all(s.get("/health/cache").json()["status"] == "healthy" for s in workers)

    wait_until(healthy)
    first, second = workers
    write(first, "Before")
    wait_until(lambda: newest(second) == "Before", 2)
    assert cluster.has_the_feed.answers()
    with Traffic(sites=workers).running() as traffic:
        cluster.has_the_feed.kill()
        write(second, "While it is away")
        assert newest(second) == "While it is away"
        wait_until(lambda: newest(first) == "While it is away", 5)
        cluster.take_over()
        wait_until(healthy, 20)
        write(first, "After")
        assert newest(first) == "After"
        wait_until(lambda: newest(second) == "After", 2)
    assert {read.status for read in traffic.reads} == {200}
    assert cluster.keys_of_the_successor() > 0
