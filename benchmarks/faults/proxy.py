"""A fault proxy: a TCP relay in a thread of its own that misbehaves on command.

    with Proxy("127.0.0.1", port) as proxy:
        worker = start_worker(REDIS_URL=proxy.through(url))
        proxy.drop(Direction.REPLY, requests=1, containing=b"_claim")     # the next claim's answer gets lost

Its methods may be called from any thread and hold when they return. A rule hits the next `requests` requests, or those
that contain some bytes, or both; without either all traffic. It ends with `clear`. A request is what a client sends
until the answer begins, so requests sent without waiting for answers count as one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmarks.checker.history import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.relay import Mended, Relay
from benchmarks.faults.rules import Direction, Rule, Rules, Trouble
from system.local.ports import LOOPBACK, listen


class Proxy:
    """Listens on a free port of this machine, from `start` to `stop`, and relays to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._rules = Rules()
        self._socket = listen(LOOPBACK, 0)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name=f"fault proxy of {port}", daemon=True
        )
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._mended: Mended
        self._stop: asyncio.Event

    def start(self) -> None:
        """Begin to relay."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close all connections and end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def through(self, url: str) -> str:
        """Return a URL of the server so that it leads through the proxy."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{login}@{LOOPBACK}:{self.port}" if login else f"{LOOPBACK}:{self.port}").geturl()

    @property
    def hits(self) -> int:
        """How many requests were hit by rules with a number, so that a test can wait for it."""
        return self._rules.hits

    def delay(
        self, direction: Direction, seconds: float, *, requests: int | None = None, containing: bytes = b""
    ) -> None:
        """Hold bytes back for `seconds`, or until cleared."""
        self._rules.add(Rule(Trouble.DELAY, direction, seconds, requests, containing))

    def slow(
        self, direction: Direction, bytes_per_second: float, *, requests: int | None = None, containing: bytes = b""
    ) -> None:
        """Limit the bandwidth."""
        self._rules.add(Rule(Trouble.SLOW, direction, bytes_per_second, requests, containing))

    def drop(self, direction: Direction, *, requests: int | None = None, containing: bytes = b"") -> None:
        """Lose requests before the server sees them, or the replies of requests it has carried out."""
        self._rules.add(Rule(Trouble.DROP, direction, left=requests, containing=containing))

    def reset(self, direction: Direction, *, requests: int | None = None, containing: bytes = b"") -> None:
        """Tear the connection down instead of passing on a request, or a reply."""
        self._rules.add(Rule(Trouble.RESET, direction, left=requests, containing=containing))

    def half_open(self, *, requests: int | None = None, containing: bytes = b"") -> None:
        """Let connections die without either side being told."""
        for direction in Direction:
            self._rules.add(Rule(Trouble.HALF_OPEN, direction, left=requests, containing=containing))

    @contextmanager
    def cut(self, target: str, log: FaultLog) -> Iterator[None]:
        """Cut the link while the block lasts; what was sent meanwhile arrives afterwards, as TCP re-sends it."""
        with log.during(FaultKind.PARTITION, target):
            for direction in Direction:
                self.delay(direction, float("inf"))
            try:
                yield
            finally:
                self.clear()

    def clear(self) -> None:
        """End all rules and let go of what is held back; connections that are silent or reset stay so."""
        self._rules.clear()
        self._loop.call_soon_threadsafe(self._mended.tell)

    async def _serve(self) -> None:
        self._loop, self._mended, self._stop = asyncio.get_running_loop(), Mended(), asyncio.Event()
        relays: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            relay = asyncio.create_task(Relay(self._rules, self._mended).run(reader, writer, *self._server))
            relays.add(relay)
            relay.add_done_callback(relays.discard)

        server = await asyncio.start_server(connected, sock=self._socket)
        self._ready.set()
        await self._stop.wait()
        server.close()
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)
