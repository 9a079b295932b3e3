"""The client process of a queue: `client.py MODULE` reads one command a line and answers each with one line of JSON.

It runs in the queue's own environment and imports nothing of TaskLab.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import time
from typing import IO, Any

import body
from sender import Sender

CHUNK = 1_000
SPIN_SECONDS = 0.002


async def one(sender: Sender, kind: str, first: int, count: int, limit: float) -> dict[str, Any]:
    """Submit up to `count` tasks, each after the answer to the one before, for `limit` seconds at the most."""
    begin = time.perf_counter()
    sent = 0
    while sent < count and time.perf_counter() - begin < limit:
        await sender.one(body.payload(kind, first + sent))
        sent += 1
    return {"sent": sent, "seconds": time.perf_counter() - begin}


async def bulk(sender: Sender, kind: str, first: int, count: int, limit: float) -> dict[str, Any]:
    """Submit up to `count` tasks in thousands."""
    begin = time.perf_counter()
    sent = 0
    while sent < count and time.perf_counter() - begin < limit:
        chunk = [body.payload(kind, first + sent + more) for more in range(min(CHUNK, count - sent))]
        await sender.bulk(chunk)
        sent += len(chunk)
    return {"sent": sent, "seconds": time.perf_counter() - begin}


async def paced(sender: Sender, first: int, count: int, rate: float) -> dict[str, Any]:
    """Submit at a steady rate by the clock; a late one is sent at once. Answers when the first was due."""
    begin = time.time() + 0.05
    for number in range(count):
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.time() - SPIN_SECONDS))
        while (rest := due - time.time()) > 0:
            time.sleep(rest)  # noqa: ASYNC251 (event loops wake up to a millisecond late)
        await sender.one(body.payload(body.STAMP, first + number))
    return {"begin": begin}


async def name(sender: Sender, kind: str, first: int) -> dict[str, Any]:
    """Submit one task and tell what the queue calls it."""
    return {"id": await sender.one(body.payload(kind, first))}


COMMANDS = {"one": one, "bulk": bulk, "paced": paced, "name": name}


async def serve(module: str, answers: IO[str]) -> None:
    """Answer commands until the input ends."""
    loop = asyncio.get_running_loop()
    async with importlib.import_module(module).sender() as sender:
        print(json.dumps({"ready": True}), file=answers, flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command = json.loads(line)
            try:
                answer = await COMMANDS[command.pop("do")](sender, **command)
            except Exception as error:  # noqa: BLE001 (whatever it is, the table says it)
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    """Keep the answers apart from whatever a library prints."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        import uvloop  # noqa: PLC0415 (where the queue's environment has it)
    except ImportError:
        asyncio.run(serve(sys.argv[1], answers))
    else:
        uvloop.run(serve(sys.argv[1], answers))


if __name__ == "__main__":
    main()
