"""Redis with Sentinel, as a Cluster, and behind TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trustme

from tests.processes import temporary_directory, wait_until
from tests.servers import RedisServer

SERVICE = "Feed-Master"


class Sentinel(RedisServer):
    """A Sentinel that watches one master on this machine, by its port."""

    def __init__(self, port: int) -> None:
        # Sentinel writes to this file.
        file = temporary_directory("sentinel") / "sentinel.conf"
        file.write_text(f"sentinel monitor {SERVICE} 127.0.0.1 {port} 1\n")
        super().__init__(str(file), "--sentinel")

    def name(self, port: int) -> None:
        """Give the name to another master, which is what clients see of a failover."""
        with self.client() as client:
            client.execute_command("SENTINEL", "REMOVE", SERVICE)
            client.execute_command("SENTINEL", "MONITOR", SERVICE, "127.0.0.1", port, 1)


def start_cluster() -> RedisServer:
    """A Cluster of one node: as a large one, but without redirections."""
    node = RedisServer("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
    node.start()
    with node.client() as client:
        client.execute_command("CLUSTER", "ADDSLOTS", *range(16_384))
        wait_until(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
    return node


class Cluster:
    """Three masters with every third slot each, and a replica of the one that has the feed."""

    def __init__(self) -> None:
        enabled = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
        self._masters = [RedisServer(*enabled) for _ in range(3)]
        self._replica = RedisServer(*enabled)
        # {feed:global} is in slot 6507, a multiple of 3.
        self.has_the_feed, *self.others = self._masters

    def start(self) -> None:
        """Start all nodes; return when each knows the others, and the replica its master."""
        for node in self._nodes:
            node.start()
        for place, node in enumerate(self._masters):
            self._tell(node, "CLUSTER ADDSLOTS", *range(16_384)[place::3])
        for node in self._nodes[1:]:
            self._tell(node, "CLUSTER MEET", "127.0.0.1", self.has_the_feed.port)
        wait_until(lambda: all(self._knows_all(node) for node in self._nodes), 30)
        with self.has_the_feed.client() as client:
            self._tell(self._replica, "CLUSTER REPLICATE", client.execute_command("CLUSTER MYID"))
        with self._replica.client() as client:
            wait_until(lambda: client.info("replication").get("master_link_status") == "up", 30)

    def take_over(self) -> None:
        """Promote the replica now, which a Cluster does when its master was away for long."""
        with self._replica.client() as client:
            if client.info("replication")["role"] == "master":
                return  # on a slow machine it has happened already
        self._tell(self._replica, "CLUSTER FAILOVER", "TAKEOVER")

    def keys_of_the_successor(self) -> int:
        with self._replica.client() as client:
            return int(client.dbsize())

    def kill(self) -> None:
        for node in self._nodes:
            node.kill()

    @property
    def _nodes(self) -> list[RedisServer]:
        return [*self._masters, self._replica]

    def _knows_all(self, node: RedisServer) -> bool:
        with node.client() as client:
            known: dict[str, str] = client.execute_command("CLUSTER INFO")
        return known["cluster_state"] == "ok" and known["cluster_known_nodes"] == "4"

    @staticmethod
    def _tell(node: RedisServer, *command: object) -> None:
        with node.client() as client:
            client.execute_command(*command)


@contextmanager
def tls_in_front_of(server: RedisServer, authority: trustme.CA, name: str) -> Iterator[int]:
    """A TLS port with a certificate for `name`, which forwards all bytes to a Redis."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, server), daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext, server: RedisServer) -> None:
    with suppress(OSError):
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=_serve, args=(plain, context, server), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, server: RedisServer) -> None:
    # A client that refuses the certificate closes the connection during the handshake.
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as client,
        socket.create_connection(("127.0.0.1", server.port)) as upstream,
    ):
        back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
        back.start()
        _copy(client, upstream)
        upstream.shutdown(socket.SHUT_RDWR)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
