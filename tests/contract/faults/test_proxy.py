"""The fault proxy between a real client and a server that notes what reaches it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.rules import Direction
from benchmarks.faults.waiting import until
from system.local.ports import LOOPBACK, listen

REQUEST, REPLY = Direction.REQUEST, Direction.REPLY
PATIENCE = 0.2  # how long a client waits before it takes silence for an answer


class Echo:
    """Answers each line with itself in capitals, and remembers the lines and how connections ended."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.closed = 0
        self.socket = listen(LOOPBACK, 0)
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """Serve every connection in a thread of its own, until the socket is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        """Answer one client."""
        with connection, suppress(OSError):
            for line in connection.makefile("rb"):
                self.lines.append(line.decode().strip())
                connection.sendall(line.upper())
        self.closed += 1


@pytest.fixture
def server() -> Iterator[Echo]:
    """Give a server."""
    echo = Echo()
    yield echo
    echo.socket.shutdown(socket.SHUT_RDWR)
    echo.socket.close()


@pytest.fixture
def proxy(server: Echo) -> Iterator[Proxy]:
    """Give a proxy before it."""
    with Proxy(LOOPBACK, server.port) as proxy:
        yield proxy


class Client:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.socket = socket.create_connection((LOOPBACK, proxy.port), timeout=10)

    def ask(self, text: str, *, patience: float = 10) -> str | None:
        """Send a line and return the answer; None where none came in time. Raises ConnectionError on a reset."""
        self.socket.settimeout(patience)
        self.socket.sendall(f"{text}\n".encode())
        with suppress(TimeoutError):
            return self.socket.recv(1000).decode().strip()
        return None


Connect = Callable[[Proxy], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give a way to make clients."""
    with ExitStack() as stack:

        def connect_through(proxy: Proxy) -> Client:
            client = Client(proxy)
            stack.enter_context(client.socket)
            return client

        yield connect_through


@pytest.fixture
def client(proxy: Proxy, connect: Connect) -> Client:
    """Give a client whose connection has been of use already."""
    client = connect(proxy)
    assert client.ask("hello") == "HELLO"
    return client


def test_without_rules_everything_passes(client: Client, server: Echo) -> None:
    """Requests, replies, and the end of a connection."""
    assert client.ask("a") == "A"
    client.socket.close()
    until(lambda: server.closed == 1, "the server sees the end")


def test_much_data_passes_whole(proxy: Proxy) -> None:
    """Chunks are put together in order."""
    text = "x" * 1_000_000
    with socket.create_connection((LOOPBACK, proxy.port)) as connection:
        sender = threading.Thread(target=lambda: connection.sendall(f"{text}\n".encode()))
        sender.start()
        assert connection.makefile("rb").readline() == f"{text}\n".upper().encode()
        sender.join()


@pytest.mark.parametrize("direction", Direction)
def test_delayed_bytes_come_late(direction: Direction, proxy: Proxy, client: Client) -> None:
    """As over a long line."""
    proxy.delay(direction, 0.1)
    begin = time.monotonic()
    assert client.ask("a") == "A"
    assert time.monotonic() - begin >= 0.1
    assert proxy.hits == 0


def test_clearing_lets_go_of_what_is_held_back(proxy: Proxy, client: Client, server: Echo) -> None:
    """However long the delay was meant to be; several rules at once included."""
    proxy.delay(REQUEST, float("inf"))
    proxy.delay(REQUEST, 3600)
    assert client.ask("a", patience=PATIENCE) is None
    assert server.lines == ["hello"]
    proxy.clear()
    assert client.socket.makefile().readline() == "A\n"


def test_a_slow_line_takes_its_time(proxy: Proxy, client: Client) -> None:
    """Bytes a second; clearing makes it fast in the middle of a transfer."""
    proxy.slow(REPLY, 1000, requests=1)
    begin = time.monotonic()
    line = "x" * 149
    client.socket.sendall(f"{line}\n".encode())
    assert client.socket.makefile("rb").read(150) == f"{line}\n".upper().encode()
    assert time.monotonic() - begin >= 0.1
    proxy.slow(REPLY, 1)
    assert client.ask("abcdefgh", patience=PATIENCE) in {None, "A"}
    proxy.clear()
    assert client.socket.makefile("rb").readline().endswith(b"H\n")


def test_a_dropped_request_never_arrives(connect: Connect, proxy: Proxy, client: Client, server: Echo) -> None:
    """And no later one on that connection does: TCP loses nothing in the middle."""
    proxy.drop(REQUEST, requests=1)
    assert client.ask("lost", patience=PATIENCE) is None
    assert client.ask("lost too", patience=PATIENCE) is None
    assert proxy.hits == 1
    assert connect(proxy).ask("b") == "B"
    assert server.lines == ["hello", "b"]


def test_a_dropped_reply_is_of_a_request_that_was_carried_out(proxy: Proxy, client: Client, server: Echo) -> None:
    """The client can't tell it from a dropped request."""
    proxy.drop(REPLY, requests=1)
    assert client.ask("done", patience=PATIENCE) is None
    assert server.lines == ["hello", "done"]
    assert client.ask("answered to nobody", patience=PATIENCE) is None
    client.socket.close()
    until(lambda: server.closed == 1, "the server sees the client go")


@pytest.mark.parametrize(("direction", "arrived"), [(REQUEST, []), (REPLY, ["a"])])
def test_a_reset_is_noticed_by_both_sides(
    direction: Direction, arrived: list[str], proxy: Proxy, client: Client, server: Echo
) -> None:
    """Before the server saw the request, or after it carried it out."""
    proxy.reset(direction, requests=1)
    with pytest.raises(ConnectionResetError):
        client.ask("a")
    until(lambda: server.closed == 1, "the server sees the reset")
    assert server.lines == ["hello", *arrived]


def test_a_half_open_connection_tells_nobody(connect: Connect, proxy: Proxy, client: Client, server: Echo) -> None:
    """A client that went away is none that the server knows of, and clearing does not revive the connection."""
    proxy.half_open()
    assert client.ask("a", patience=PATIENCE) is None
    proxy.clear()
    assert client.ask("b", patience=PATIENCE) is None
    client.socket.close()
    assert connect(proxy).ask("c") == "C"
    assert (server.lines, server.closed) == (["hello", "c"], 0)


def test_a_rule_hits_as_many_requests_as_it_says(connect: Connect, proxy: Proxy, client: Client) -> None:
    """The next two, on whatever connection."""
    proxy.reset(REPLY, requests=2)
    other = connect(proxy)
    for victim in (client, other):
        with pytest.raises(ConnectionResetError):
            victim.ask("a")
    assert connect(proxy).ask("b") == "B"
    assert proxy.hits == 2


def test_a_rule_may_choose_requests_by_what_they_hold(
    connect: Connect, proxy: Proxy, client: Client, server: Echo
) -> None:
    """Renewals pass, the claim's answer gets lost."""
    proxy.drop(REPLY, requests=1, containing=b"claim")
    assert client.ask("renew") == "RENEW"
    assert client.ask("claim", patience=PATIENCE) is None
    assert connect(proxy).ask("claim") == "CLAIM"
    proxy.reset(REQUEST, containing=b"finish")
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            connect(proxy).ask("finish")
    assert proxy.hits == 3
    assert server.lines == ["hello", "renew", "claim", "claim"]


def test_a_cut_link_delivers_when_it_is_mended(proxy: Proxy, client: Client, server: Echo) -> None:
    """As a pulled cable does: nothing is lost, all is late, and the log says when."""
    log = FaultLog()
    with proxy.cut("worker-1", log):
        assert client.ask("late", patience=PATIENCE) is None
        assert server.lines == ["hello"]
        assert log.faults == []
    assert client.socket.makefile().readline() == "LATE\n"
    (fault,) = log.faults
    assert (fault.kind, fault.target) == (FaultKind.PARTITION, "worker-1")
    assert fault.until - fault.at >= PATIENCE * 1000


def test_a_server_that_is_away_is_away(connect: Connect, server: Echo) -> None:
    """The proxy answers for nobody; it lets clients in and shows them out."""
    with Proxy(LOOPBACK, server.port) as proxy:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        with pytest.raises(ConnectionError):
            connect(proxy).ask("a")
        server.socket = listen(LOOPBACK, server.port)


def test_stopping_ends_every_connection(connect: Connect, server: Echo) -> None:
    """Nothing of the proxy stays, half-open connections included."""
    threads = threading.active_count()
    with Proxy(LOOPBACK, server.port) as proxy:
        first, second = connect(proxy), connect(proxy)
        first.ask("a")
        proxy.half_open()
        second.ask("b", patience=PATIENCE)
    assert first.socket.recv(1) == b""
    assert second.socket.recv(1) == b""
    until(lambda: server.closed == 2, "the server sees the end")
    until(lambda: threading.active_count() <= threads, "its threads end")
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


def test_a_url_leads_through_the_proxy(proxy: Proxy) -> None:
    """Only host and port change."""
    assert proxy.through("redis://:secret@localhost:6379/0") == f"redis://:secret@{LOOPBACK}:{proxy.port}/0"
    assert proxy.through("http://localhost/x") == f"http://{LOOPBACK}:{proxy.port}/x"
