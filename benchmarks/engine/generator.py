"""One client under load, a process of its own: `python -m benchmarks.engine.generator` (started by load.py).

It calls when its schedule says so, whatever the answers take, and writes down what it asks for and what it is told. A
single task of unknown fate is sent again under its idempotency key; a batch has none, so its fate stays unknown.
SIGTERM: no further calls, the answers under way are waited for.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import uvloop

import benchmarks.engine.task_types  # noqa: F401 (registers the task types, so that arguments can be checked)
from benchmarks.checker import Answer
from benchmarks.engine.arrivals import Arrival, arrivals
from benchmarks.engine.mix import Mix
from benchmarks.engine.operations import OperationLog, mark_of
from benchmarks.engine.senders import ClientSender, HttpSender, Sender, Told
from system.cli.serving import on_signals
from system.local.parent import exit_with_parent

MOST_UNDER_WAY = 300  # calls; one that would be more is not made, and counted
TRY_AGAIN_SECONDS = 40.0  # for so long a task of unknown fate is sent again
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0


class Generator:
    """Calls until stopped."""

    def __init__(self, name: str, sender: Sender, log: OperationLog, mix: Mix, calls: random.Random) -> None:
        self._name = name
        self._sender = sender
        self._log = log
        self._mix = mix
        self._calls = calls
        self._stopping = asyncio.Event()
        self._under_way = 0

    def stop(self) -> None:
        """Make no further calls."""
        self._stopping.set()

    async def run(self, rate: float) -> None:
        """Bring `rate` tasks a second on average."""
        begin, missed = time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            for number, arrival in enumerate(arrivals(self._calls, rate)):
                await self._pause(begin + arrival.at - time.monotonic())
                if self._stopping.is_set():
                    break
                if self._under_way >= MOST_UNDER_WAY:
                    missed += 1
                    continue
                group.create_task(self._call(f"{self._name}-{number}", arrival))
        self._log.missed(missed)

    async def _call(self, call: str, arrival: Arrival) -> None:
        news = [self._mix.task(mark_of(call, index)) for index in range(arrival.tasks)]
        self._under_way += 1
        try:
            if len(news) > 1:
                await self._try(call, 1, len(news), lambda: self._sender.many(news))
                return
            until = time.monotonic() + TRY_AGAIN_SECONDS
            attempt, answer = 1, Answer.UNKNOWN
            while answer is Answer.UNKNOWN and time.monotonic() < until:
                answer = await self._try(call, attempt, 1, lambda: self._sender.one(news[0], mark_of(call, 0)))
                if answer is Answer.UNKNOWN:
                    await asyncio.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))
                attempt += 1
        finally:
            self._under_way -= 1

    async def _try(self, call: str, attempt: int, tasks: int, send: Callable[[], Awaitable[Told]]) -> Answer:
        sent = time.time_ns() // 1_000_000
        self._log.sent(call, attempt, tasks, sent)
        told = await send()
        self._log.answered(call, attempt, tasks, sent, answer=told.answer, ids=told.ids, why=told.why)
        return told.answer

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)


def main() -> None:
    """Generate load until told to stop, or until the parent is gone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.generator")
    parser.add_argument("--name", required=True, help="the beginning of its calls' names")
    parser.add_argument("--url", help="submit to this API; without it through the Python client")
    parser.add_argument("--rate", type=float, required=True, help="tasks a second, on average")
    parser.add_argument("--seed", required=True)
    parser.add_argument("--log", type=Path, required=True, help="file of JSON lines")
    parser.add_argument("--no-delays", action="store_true", help="no tasks that wait for a time")
    options = parser.parse_args()
    exit_with_parent()
    uvloop.run(_generate(options))


async def _generate(options: argparse.Namespace) -> None:
    log = OperationLog(options.log)
    # Two sources of chance: how many tasks a call brings must not decide when the next one comes.
    mix = Mix(random.Random(f"{options.seed}:mix"), delays=not options.no_delays)  # noqa: S311 (repeatable, not secret)
    calls = random.Random(f"{options.seed}:calls")  # noqa: S311
    async with HttpSender(options.url) if options.url else ClientSender() as sender:
        generator = Generator(options.name, sender, log, mix, calls)
        on_signals(generator.stop)
        await generator.run(options.rate)
    log.close()


if __name__ == "__main__":
    main()
