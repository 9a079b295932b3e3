"""How each kind of handler is run, prepared once for a handler, because it is needed for every task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from system.tasks.context import CLAIM, REPORTER, Report
from system.tasks.handlers import HANDLERS, Handler
from system.tasks.outcome import Failed, Succeeded
from system.tasks.task import Claim
from system.worker.limits import Interrupt, Soft, softened
from system.worker.outcomes import call, success
from system.worker.processes import Processes
from system.worker.threads import Threads

Ended = Succeeded | Failed
Reporter = Callable[[Report], None]
Run = Callable[[Claim, float | None], Awaitable[Ended]]


@dataclass(frozen=True, slots=True)
class Runner:
    """A handler, ready to be run."""

    handler: Handler
    run: Run
    """Run a claim. Timeout (seconds) and cancelling are the caller's business, but a child process keeps its time."""
    kind: str


class Runners:
    """The runners of the handlers there are; where they run is set up once for all of them."""

    def __init__(self, concurrency: int, report: Reporter) -> None:
        self._report = report
        self._threads: Threads[Ended] = Threads()
        self._processes = Processes(concurrency, report)
        self._runners: dict[str, Runner] = {}

    def find(self, name: str) -> Runner | None:
        """Return the runner of a task type, None where this worker has no handler for it."""
        runner, handler = self._runners.get(name), HANDLERS.get(name)
        if handler is None:
            return None
        if runner is None or runner.handler is not handler:
            runner = self._runners[name] = self._prepare(handler)
        return runner

    def _prepare(self, handler: Handler) -> Runner:
        run, kind = self._way(handler)
        return Runner(handler, run, kind)

    def _way(self, handler: Handler) -> tuple[Run, str]:
        if handler.isolation == "process":
            return partial(self._processes.run, handler), "process"
        if handler.asynchronous:
            if handler.soft_timeout is not None:
                return partial(self._on_loop, _softly(handler.function, handler.soft_timeout)), "loop"
            return partial(self._on_loop, handler.function), "loop"
        if handler.soft_timeout is not None:
            return partial(self._in_thread_softly, handler, handler.soft_timeout), "thread"
        return partial(self._in_thread, handler), "thread"

    def _in_thread(self, handler: Handler, claim: Claim, _: float | None) -> Awaitable[Ended]:
        return self._threads.run(partial(call, handler, claim, self._report))

    async def _in_thread_softly(self, handler: Handler, soft: float, claim: Claim, _: float | None) -> Ended:
        interrupt = Interrupt(handler)
        timer = asyncio.get_running_loop().call_later(soft, interrupt.strike)
        try:
            return await self._threads.run(partial(interrupt.guard, partial(call, handler, claim, self._report)))
        finally:
            timer.cancel()

    async def _on_loop(self, function: Callable[..., Awaitable[Any]], claim: Claim, _: float | None) -> Ended:
        """Run on the loop, in the slot's own context: a context variable that a handler sets stays set for the next."""
        CLAIM.set(claim)
        REPORTER.set(self._report)
        return success(await function(**claim.task.payload))

    async def close(self) -> None:
        """End threads and children."""
        self._threads.close()
        await self._processes.close()


def _softly(function: Callable[..., Coroutine[Any, Any, Any]], seconds: float) -> Callable[..., Awaitable[Any]]:
    """Put a soft time limit around a coroutine function."""

    async def limited(**payload: Any) -> Any:
        soft = Soft(seconds)
        try:
            return await softened(function(**payload), soft)
        finally:
            soft.end()

    return limited
