"""Connections of stalled clients are closed, and no others."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from feedsite.stalled import MIN_BYTES_PER_SECOND, SILENT_SECONDS, StalledConnections


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Pair:
    """A client and the server's end of its connection."""

    def __init__(self, stack: ExitStack) -> None:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port: int = listening.getsockname()[1]
        self.client = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
        self.server = stack.enter_context(listening.accept()[0])
        self.server.settimeout(5)

    def send(self, number: int) -> None:
        """Send `number` bytes; return when the server has received them."""
        self.client.sendall(b"x" * number)
        while number:
            number -= len(self.server.recv(number))

    @property
    def is_open(self) -> bool:
        self.client.settimeout(0.01)
        try:
            return self.client.recv(1) != b""
        except TimeoutError:
            return True


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(stack)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def connections_of(pair: Pair, clock: Clock, *, silent_seconds: float = 0.0) -> StalledConnections:
    return StalledConnections(pair.port, silent_seconds=silent_seconds, clock=clock)


@pytest.mark.parametrize("trickle", [0, MIN_BYTES_PER_SECOND - 1])
def test_stalled_connection_is_closed_at_the_second_check(
    pair: Pair, clock: Clock, trickle: int
) -> None:
    stalled = connections_of(pair, clock)
    assert stalled.close() == 0
    assert pair.is_open
    clock.now += 1
    pair.send(trickle)
    assert stalled.close() == 1
    assert not pair.is_open
    assert pair.server.recv(1) == b""  # a waiting read ends


def test_client_that_sends_at_the_minimum_rate_stays_connected(pair: Pair, clock: Clock) -> None:
    stalled = connections_of(pair, clock)
    for _ in range(5):
        assert stalled.close() == 0
        clock.now += 1
        pair.send(MIN_BYTES_PER_SECOND)
    assert pair.is_open


def test_client_that_was_just_sent_bytes_stays_connected(pair: Pair, clock: Clock) -> None:
    stalled = connections_of(pair, clock, silent_seconds=SILENT_SECONDS)
    for _ in range(3):
        pair.server.sendall(b"x")
        assert stalled.close() == 0
        clock.now += 60


def test_connections_of_other_ports_stay_open(pair: Pair, clock: Clock) -> None:
    stalled = StalledConnections(pair.port - 1, silent_seconds=0.0, clock=clock)
    for _ in range(3):
        assert stalled.close() == 0
        clock.now += 1
    assert pair.is_open
