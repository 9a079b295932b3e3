"""The API behind its real HTTP server: what only a socket can do wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fixtures.api import Api, run_api
from tests.fixtures.serving import DEADLINE, serve

TASK = b'{"type":"api-test"}'


class Connection:
    """A socket to the server, on which a test writes HTTP by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *lines: bytes, body: bytes = b"") -> None:
        """Send a head, or a part of one, and what follows it."""
        self._writer.write(b"\r\n".join(lines) + body)
        await self._writer.drain()

    async def answer(self) -> tuple[int, dict[str, object]]:
        """Read one answer: status and JSON."""
        async with asyncio.timeout(DEADLINE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
            body = await self._reader.readexactly(int(lengths[0].partition(":")[2]))
        return int(head.split(" ")[1]), json.loads(body)

    async def closed(self) -> bool:
        """Whether the server ends the connection."""
        async with asyncio.timeout(DEADLINE):
            return await self._reader.read() == b""


@asynccontextmanager
async def connect(api: Api) -> AsyncIterator[Connection]:
    """Serve an API and connect to it."""
    async with serve(api) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    """Connect to an API whose bodies may stall for a fifth of a second."""
    async with run_api(body_timeout=0.2) as api, connect(api) as made:
        yield made


def post(*headers: bytes) -> tuple[bytes, ...]:
    """Begin a POST /tasks."""
    return (b"POST /tasks HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *headers, b"", b"")


async def test_a_plain_request(connection: Connection) -> None:
    """Two on one connection, so that the others are known to fail for their own reasons."""
    for _ in range(2):
        await connection.send(*post(b"Content-Length: 19"), body=TASK)
        assert (await connection.answer())[0] == 202


async def test_a_body_that_stalls(connection: Connection) -> None:
    """408 after a while of silence, and the connection is closed: what would come of the body is anybody's guess."""
    await connection.send(*post(b"Content-Length: 19"), body=TASK[:7])
    status, problem = await connection.answer()
    assert (status, problem["type"]) == (408, "urn:tasklab:problem:body-timeout")
    assert await connection.closed()


async def test_a_body_that_comes_slowly(connection: Connection) -> None:
    """It is silence that is cut off, not slowness."""
    await connection.send(*post(b"Content-Length: 19"))
    for place in range(0, len(TASK), 3):
        await asyncio.sleep(0.05)
        await connection.send(TASK[place : place + 3])
    assert (await connection.answer())[0] == 202


async def test_chunks_beyond_the_limit(connection: Connection) -> None:
    """A body without an announced length is refused while it comes in."""
    await connection.send(*post(b"Transfer-Encoding: chunked"))
    chunk = b"x" * 10_000
    for _ in range(7):
        await connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
    status, problem = await connection.answer()
    assert (status, problem["type"]) == (413, "urn:tasklab:problem:body-too-large")


@pytest.mark.parametrize("size", [66_000, 300_000])
async def test_a_head_beyond_the_limit(connection: Connection, size: int) -> None:
    """431, for one long header as for many short ones."""
    await connection.send(*post(b"Content-Length: 19", b"X-Long: " + b"x" * size), body=TASK)
    status, problem = await connection.answer()
    assert (status, problem["type"]) == (431, "urn:tasklab:problem:head-too-large")


async def test_many_headers_beyond_the_limit(connection: Connection) -> None:
    """It is their sum that counts."""
    await connection.send(*post(*[b"X-%d: %b" % (number, b"x" * 100) for number in range(700)]))
    assert (await connection.answer())[0] == 431


async def test_a_head_within_the_limit(connection: Connection) -> None:
    """Large cookies and traces of proxies pass."""
    await connection.send(*post(b"Content-Length: 19", b"X-Long: " + b"x" * 60_000), body=TASK)
    assert (await connection.answer())[0] == 202


async def test_an_endless_head(connection: Connection) -> None:
    """A header that never ends is cut off; the server does not collect it."""
    await connection.send(b"GET /health/live HTTP/1.1", b"X-Endless: ")
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(ConnectionError):  # noqa: PT012  (how far it gets is up to the socket's buffers)
            while True:
                await connection.send(b"x" * 10_000)


async def test_no_http_at_all(connection: Connection) -> None:
    """What is no HTTP gets a 400, and the server goes on."""
    await connection.send(b"\x16\x03\x01\x02 hello", b"", b"")
    status, problem = await connection.answer()
    assert (status, problem["type"]) == (400, "urn:tasklab:problem:malformed-request")
    assert await connection.closed()


@pytest.mark.parametrize(
    "lines",
    [
        (b"GET /tasks HTTP/1.1", b"Host: localhost", b"Content-Length: -1"),
        (b"POST /tasks HTTP/1.1", b"Host: localhost", b"Content-Length: 19", b"Content-Length: 20"),
        (b"POST /tasks HTTP/1.1", b"Host: localhost", b"Content-Length: 19", b"Transfer-Encoding: chunked"),
        (b"POST /tasks HTTP/1.1", b"Host: localhost", b"Transfer-Encoding: chunked, identity"),
        (b"GET /tasks HTTP/1.1", b"Host : localhost"),
        (b"GET /tasks HTTP/1.1", b"Host: local\x00host"),
        (b"GET /t\xff HTTP/1.1", b"Host: localhost"),
        (b"GET /tasks HTTP/7.7", b"Host: localhost"),
        (b"GET", b"Host: localhost"),
    ],
    ids=repr,
)
async def test_heads_that_can_be_understood_differently(connection: Connection, lines: tuple[bytes, ...]) -> None:
    """What a proxy might take for something else than we do is no request (request smuggling)."""
    await connection.send(*lines, b"", b"")
    assert (await connection.answer())[0] == 400
    assert await connection.closed()


async def test_an_upgrade_that_is_not_there(connection: Connection) -> None:
    """No other protocol leads around the gate: the request is answered as the HTTP it is."""
    upgrade = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eA==")
    await connection.send(b"GET /nothing HTTP/1.1", b"Host: localhost", *upgrade, b"", b"")
    assert (await connection.answer())[0] == 404


@pytest.mark.parametrize("begun", [(), (b"",), (b"GET /tasks HTTP/1.1", b"Host: loc")])
async def test_a_head_that_does_not_come(monkeypatch: pytest.MonkeyPatch, begun: tuple[bytes, ...]) -> None:
    """Who connects and keeps silent, or never comes to an end, holds the connection for a bounded time."""
    monkeypatch.setattr("system.api.http_head.HEAD_SECONDS", 0.2)
    async with run_api() as api, connect(api) as late:
        await late.send(*begun)
        status, problem = await late.answer()
        assert (status, problem["type"]) == (408, "urn:tasklab:problem:head-timeout")
        assert await late.closed()


async def test_a_further_head_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a later request of a connection, and an answer under way is never cut."""
    monkeypatch.setattr("system.api.http_head.HEAD_SECONDS", 0.2)
    async with run_api(body_timeout=5) as api, connect(api) as late:
        await late.send(*post(b"Content-Length: 19"), body=TASK[:7])
        await asyncio.sleep(0.3)
        await late.send(TASK[7:])
        assert (await late.answer())[0] == 202
        await late.send(b"GET /tasks HTTP/1.1")
        assert (await late.answer())[0] == 408
        assert await late.closed()
