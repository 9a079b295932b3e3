"""The API behind its real HTTP server: what only a socket can do wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.fixtures.api import run_api
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

    async def status(self) -> int:
        """Read an answer's first line."""
        async with asyncio.timeout(DEADLINE):
            return int((await self._reader.readline()).split(b" ")[1])

    async def closed(self) -> bool:
        """Whether the server ends the connection."""
        async with asyncio.timeout(DEADLINE):
            return await self._reader.read() == b""


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    """Connect to an API whose bodies may stall for a fifth of a second."""
    async with run_api(body_timeout=0.2) as api, serve(api) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield Connection(reader, writer)
        writer.close()


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
    assert (await connection.status()) == 400
