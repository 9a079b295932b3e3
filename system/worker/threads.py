"""Threads for plain `def` handlers: as many as run at once, and none that anybody has to wait for.

Not a ThreadPoolExecutor: a thread can't be killed, so one whose handler ran out of time would keep one of the pool's
places, and the interpreter would wait for it at exit. Here the slot moves on with another thread, and the stray one
ends with its handler or with the process. A handler that hangs for good leaks its thread; `isolation="process"` is for
those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Threads(Generic[T]):
    """Runs functions that never raise (see outcomes.call) in daemon threads."""

    def __init__(self) -> None:
        self._idle: list[Side[T]] = []
        self._closed = False

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Start a function; cancelling the future gives up on its result but does not stop it."""
        side = self._idle.pop() if self._idle else Side(self._back)
        return side.run(function)

    def _back(self, side: Side[T]) -> None:
        self._idle.append(side)
        if self._closed:
            self.close()

    def close(self) -> None:
        """End the idle threads; the others end after their function."""
        self._closed = True
        while self._idle:
            self._idle.pop().end()


class Side(Generic[T]):
    """One thread, which takes one function at a time."""

    def __init__(self, idle_again: Callable[[Side[T]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle_again = idle_again
        self._inbox: SimpleQueue[tuple[Callable[[], T], asyncio.Future[T]] | None] = SimpleQueue()
        Thread(target=self._work, name="handler", daemon=True).start()

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Start a function and return the future of its value."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._inbox.put((function, future))
        return future

    def end(self) -> None:
        """Let the thread end."""
        self._inbox.put(None)

    def _work(self) -> None:
        while (job := self._inbox.get()) is not None:
            function, future = job
            value = copy_context().run(function)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._deliver, future, value)

    def _deliver(self, future: asyncio.Future[T], value: T) -> None:
        self._idle_again(self)
        if not future.done():
            future.set_result(value)
