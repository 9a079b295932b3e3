"""Child processes for `isolation="process"` handlers: a hard timeout kills the child, and its death is no other's."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from tempfile import NamedTemporaryFile
from threading import Thread

import orjson
from pebble import CONSTS, ProcessExpired, ProcessPool

from system.tasks.context import Report
from system.tasks.handlers import Handler
from system.tasks.outcome import Failed, Succeeded
from system.tasks.task import Claim
from system.worker import child
from system.worker.outcomes import call, timed_out
from system.worker.stacks import of_dump

DUMP_SECONDS = 0.1  # before the limit, at which the pool may kill at once


class Processes:
    """A pool of children, made when the first task needs one.

    There are as many as slots, but not more than cores (two at the least): more would only share the same cores. They
    are forked from a clean server process, which starts one in some 10 ms where a fresh interpreter takes 200.
    """

    def __init__(self, concurrency: int, report: Callable[[Report], None]) -> None:
        self._report = report
        self._pipe: Connection | None = None
        self._size = min(concurrency, max(2, os.cpu_count() or 1))
        self._seats = asyncio.Semaphore(self._size)  # nothing queues inside the pool, where a cancel comes late
        self._starting: asyncio.Task[ProcessPool] | None = None

    async def run(self, handler: Handler, claim: Claim, timeout: float | None) -> Succeeded | Failed:
        """Run a claim in a child; `timeout` seconds count from its start there. Cancelling kills the child."""
        module = handler.function.__module__
        async with self._seats:
            try:
                pool = await self._pool(module)
                if timeout is None:
                    return await asyncio.wrap_future(pool.schedule(child.run, (module, claim)))
                return await _run_in_time(pool, handler, claim, timeout)
            except ProcessExpired as error:
                return Failed(f"its process died (exit code {error.exitcode})")
            except (RuntimeError, OSError) as error:
                return Failed(f"no process could be had: {error}")

    async def _pool(self, module: str) -> ProcessPool:
        """Return the pool; a new one where it broke, which it does when a child dies with nothing to do."""
        if self._starting is None or (self._starting.done() and _broken(self._starting)):
            self._starting = asyncio.create_task(asyncio.to_thread(self._start, module))
        return await asyncio.shield(self._starting)  # the others wait for it too

    def _start(self, module: str) -> ProcessPool:
        CONSTS.term_timeout = 0  # a child ignores SIGTERM (see child.prepare): go on to SIGKILL at once
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([child.__name__, module])
        pool = ProcessPool(
            self._size, initializer=child.prepare, initargs=(self._mouthpiece(context),), context=context
        )
        pool.active  # noqa: B018 - looking at it starts the children
        return pool

    def _mouthpiece(self, context: BaseContext) -> Connection:
        """Return the end of a pipe into which children report; a thread listens at the other."""
        if self._pipe is None:
            listener, self._pipe = context.Pipe(duplex=False)
            Thread(target=self._listen, args=(listener,), name="reports", daemon=True).start()
        return self._pipe

    def _listen(self, listener: Connection) -> None:
        with listener, suppress(EOFError, OSError):
            while True:
                self._report(Report(**orjson.loads(listener.recv_bytes())))

    async def close(self) -> None:
        """Kill the children."""
        if self._starting is None:
            return
        try:
            pool = await self._starting
        except (RuntimeError, OSError):
            return  # it never came to be
        await asyncio.to_thread(_stop, pool)
        if self._pipe is not None:
            self._pipe.close()  # with the children gone that was the last writer, so the listener ends


async def _run_in_time(pool: ProcessPool, handler: Handler, claim: Claim, timeout: float) -> Succeeded | Failed:
    """Run a claim under a time limit; the child writes into a file where it is, just before it would be killed."""
    with NamedTemporaryFile("r", prefix="tasklab-stack-") as dump:
        just_before = timeout - min(DUMP_SECONDS, timeout / 10)
        work = (handler.function.__module__, claim, dump.name, just_before)
        try:
            return await asyncio.wrap_future(pool.schedule(child.run, work, timeout=timeout))
        except TimeoutError:
            where = of_dump(dump.read(), call.__code__)
            return timed_out(timeout, handler.retry, "; its process was killed", where)


def _broken(starting: asyncio.Task[ProcessPool]) -> bool:
    return starting.exception() is not None or not starting.result().active


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
