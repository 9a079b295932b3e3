"""What POST /tasks costs beside the same route that only validates: 64 clients, one server process, both in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil
import uvloop

from benchmarks.micro.amount import PAYLOAD, Amount
from benchmarks.micro.children import child, cpu_seconds
from benchmarks.micro.figures import Figure, Goal
from benchmarks.micro.served import BARE
from benchmarks.micro.spent import MICRO, spent
from system.local.http_probe import wait_until_live
from system.local.ports import LOOPBACK, listen, url_of
from system.tasks.errors import TaskLabError
from system.wiring import Settings, some_redis, with_places

CLIENTS = 64
TASKS = "/tasks"
SERVER = "benchmarks.micro.served"


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on an embedded server and SQLite in `folder`."""
    count = amount.of(12_800, CLIENTS)
    with some_redis(with_places(Settings(data=folder))) as settings, _server(settings) as (port, server):
        for path in (BARE, TASKS):
            _post(path, port, server, CLIENTS * 2)
        figures = {path: _post(path, port, server, count) for path in (BARE, TASKS)}
    (bare, bare_cpu), (tasks, tasks_cpu) = figures[BARE], figures[TASKS]
    how = "of the same round"
    return [
        bare,
        tasks,
        Figure(
            what="POST /tasks to bare",
            value=tasks.value / bare.value,
            unit="ratio",
            count=count,
            how=how,
            goal=Goal(at_least=0.7),
        ),
        Figure(
            what="POST /tasks to bare: CPU",
            value=bare_cpu.value / tasks_cpu.value,
            unit="ratio",
            count=count,
            how="bare's over tasks', of the same round",
            goal=Goal(at_least=0.7),
        ),
        bare_cpu,
        tasks_cpu,
    ]


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[int, psutil.Process]]:
    with listen(LOOPBACK, 0) as listener:
        descriptor = listener.fileno()
        with child(SERVER, str(descriptor), settings=settings, pass_fds=[descriptor]) as process:
            wait_until_live(url_of(listener), given_up=lambda: not process.is_running())
            yield listener.getsockname()[1], process


def _post(path: str, port: int, server: psutil.Process, count: int) -> tuple[Figure, Figure]:
    before = cpu_seconds(server)
    with spent() as cost:
        uvloop.run(_clients(path, port, count // CLIENTS))
    what, how = f"POST {path}", f"{CLIENTS} clients, payload of 100 bytes"
    return (
        Figure(what=what, value=count / cost.wall, unit="calls/s", count=count, how=how),
        Figure(
            what=f"{what}: server",
            value=(cpu_seconds(server) - before) / count * MICRO,
            unit="µs CPU/call",
            count=count,
            how=how,
        ),
    )


async def _clients(path: str, port: int, each: int) -> None:
    body = orjson.dumps({"type": "echo", "payload": PAYLOAD})
    head = f"POST {path} HTTP/1.1\r\nhost: {LOOPBACK}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    request = f"{head}\r\n\r\n".encode() + body
    await asyncio.gather(*(_client(port, request, each) for _ in range(CLIENTS)))


async def _client(port: int, request: bytes, count: int) -> None:
    """Send one request after the other over one connection; a bare client, so that the server is what is measured."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    for _ in range(count):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 202 " not in head[:20]:
            message = f"the API answered {head[:60]!r}"
            raise TaskLabError(message)
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
    writer.close()
    await writer.wait_closed()
