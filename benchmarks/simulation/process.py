"""A simulated process: a thread for the work, a thread for the leases, and what a kernel can do to both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.simulation.loops import Loop, World
from system.worker.sideloop import Main


class Process:
    """One worker's process. Killing it is freezing it for ever: no callback, no clean-up, no last word."""

    def __init__(self, world: World, name: str, troubles: list[str]) -> None:
        self.name = name
        self.main = Loop(world, name, troubles)
        self.side = Loop(world, name, troubles)
        self.alive = True
        self.ended: asyncio.Task[None] | None = None

    def start(self, program: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin with the main thread's program."""
        self.ended = self.main.create_task(program)
        return self.ended

    @property
    def at_work(self) -> bool:
        """Whether the program runs."""
        return self.alive and self.ended is not None and not self.ended.done()

    def kill(self) -> None:
        """End it as by SIGKILL."""
        self.alive = False
        self.main.freeze()
        self.side.freeze()

    def thaw(self) -> None:
        """Let its threads go on, unless it is dead."""
        if self.alive:
            self.main.thaw()
            self.side.thaw()

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Return what runs in its threads."""
        return asyncio.all_tasks(self.main) | asyncio.all_tasks(self.side)

    def bury(self, world: World) -> None:
        """Take a dead process apart after the run: Python wants its coroutines ended. Its calls reach nobody."""
        if self.ended is None or self.alive:
            return
        self.main.thaw()
        self.side.thaw()
        self.ended.cancel()
        for task in [self.ended, *self.tasks()]:
            world.run(task)


class SideThread:
    """Stands in for system.worker.sideloop.SideLoop: the same coroutine, in the process's second loop."""

    def __init__(self, process: Process, main: Main) -> None:
        self._loop = process.side
        self._main = main
        self._stopped = asyncio.Event()
        self._ended: asyncio.Future[None] = process.main.create_future()
        self._caller = process.main

    def start(self) -> None:
        """Start the coroutine."""
        self._loop.create_task(self._main(self._stopped)).add_done_callback(
            lambda task: self._caller.call_soon_threadsafe(_copy, task, self._ended)
        )

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the side loop, soon."""
        if not self._ended.done():
            self._loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """Ask the coroutine to return."""
        self.call(self._stopped.set)

    async def ended(self) -> None:
        """Wait until it has returned; raises what it raised."""
        await asyncio.shield(self._ended)


def _copy(task: asyncio.Task[None], future: asyncio.Future[None]) -> None:
    if task.cancelled():
        future.cancel()
    elif (error := task.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(None)
