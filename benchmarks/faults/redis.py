"""A Redis that dies, forgets, goes back in time, or is full. A hung one is a paused process, see processes.py."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks.checker.history import REDIS, FaultKind
from benchmarks.faults.log import FaultLog, now_ms
from system.local.redis_server import RedisServer

AOF = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"  # names the files that make up the data; replaced in one step


@contextmanager
def down(server: RedisServer, log: FaultLog) -> Iterator[None]:
    """Kill the server with SIGKILL; it starts again, on its append-only file, where the block ends."""
    with log.during(FaultKind.KILL, REDIS):
        server.kill()
        try:
            yield
        finally:
            server.start()


def wipe(url: str, log: FaultLog) -> None:
    """Delete all data, of every queue, on a running server: FLUSHALL."""
    with log.during(FaultKind.WIPE, REDIS), redis.Redis.from_url(url) as client:
        client.flushall()


def flush_functions(url: str, log: FaultLog) -> None:
    """Delete the Lua functions: FUNCTION FLUSH."""
    with log.during(FaultKind.FUNCTIONS, REDIS), redis.Redis.from_url(url) as client:
        client.function_flush()


@contextmanager
def full(url: str, log: FaultLog) -> Iterator[None]:
    """Let the server refuse whatever would take memory, for as long as the block lasts."""
    with log.during(FaultKind.MEMORY, REDIS), redis.Redis.from_url(url) as client:
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


@dataclass(frozen=True, slots=True)
class Copy:
    """The append-only files of a server as they were at a moment (ms); the last two seconds may not be in them yet."""

    folder: Path
    at: int


def copy(server: RedisServer, folder: Path) -> Copy:
    """Copy a running server's append-only files into a new folder."""
    at = now_ms()
    manifest = server.folder / AOF / MANIFEST
    before = b""
    while before != manifest.read_bytes():  # else a rewrite changed the files under our hands
        before = manifest.read_bytes()
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(shutil.Error, FileNotFoundError):  # of files on their way out
            shutil.copytree(server.folder / AOF, folder)
    return Copy(folder, at)


def rewind(server: RedisServer, copy: Copy, log: FaultLog) -> None:
    """Kill the server and start it on an older copy of its data, as from a replica or a snapshot that lags behind."""
    with log.during(FaultKind.REWIND, REDIS, since=copy.at):
        server.kill()
        shutil.rmtree(server.folder / AOF)
        shutil.copytree(copy.folder, server.folder / AOF)
        server.start()
