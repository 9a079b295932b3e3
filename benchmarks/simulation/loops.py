"""Virtual time: event loops whose clock jumps to the next timer as soon as nobody has anything to do.

Each simulated thread has a loop of its own, and one world turns them all, a callback at a time. Whose turn it is,
chance decides; within a loop the order is asyncio's. There is no thread, no socket and no real clock in here.
"""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import Callable
from contextvars import Context
from heapq import heappop, heappush
from random import Random
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")
MOST_STEPS = 400_000  # callbacks in one run; some thousands are usual


class Stuck(Exception):
    """The world turns in circles, or stands still though somebody is still waiting for something."""


class World:
    """All loops and their one clock; `now` is in seconds from 0. Each callback takes `cost` seconds of it."""

    def __init__(self, random: Random, cost: float = 0.0) -> None:
        self.now = 0.0
        self._chance = random.random
        self._cost = cost
        self._awake: list[Loop] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle, Loop]] = []
        self._timers_made = 0
        self._steps = 0

    def run(self, until: asyncio.Future[Any]) -> None:
        """Turn the loops until something is done; raises Stuck where it never will be."""
        outer = _get_running_loop()
        try:
            while not until.done():
                if self._awake:
                    self._step()
                elif self._timers:
                    self._wake_sleepers()
                else:
                    message = "everybody waits, and nothing is to come"
                    raise Stuck(message)
        finally:
            _set_running_loop(outer)

    def add(self, loop: Loop) -> None:
        """Let a loop have its turns."""
        self._awake.append(loop)

    def remove(self, loop: Loop) -> None:
        """Let a loop have no turns."""
        if loop in self._awake:
            self._awake.remove(loop)

    def schedule(self, when: float, handle: asyncio.TimerHandle, loop: Loop) -> None:
        """Make a loop ready for something at its time; equal times keep their order."""
        self._timers_made += 1
        heappush(self._timers, (when, self._timers_made, handle, loop))

    def _step(self) -> None:
        awake = self._awake
        place = int(self._chance() * len(awake)) if len(awake) > 1 else 0
        loop = awake[place]
        handle = loop.ready.popleft()
        if not loop.ready:
            last = awake.pop()
            if last is not loop:
                awake[place] = last
        if handle.cancelled():
            return
        _set_running_loop(loop)
        handle._run()  # noqa: SLF001 - running handles is what an event loop is for
        self.now += self._cost
        self._steps += 1
        if self._steps > MOST_STEPS:
            message = f"after {MOST_STEPS} steps there is still no end"
            raise Stuck(message)

    def _wake_sleepers(self) -> None:
        timers = self._timers
        self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            _, _, handle, loop = heappop(timers)
            if not handle.cancelled():
                loop.make_ready(handle)


class Loop(asyncio.BaseEventLoop):
    """The event loop of one thread of the simulated process `name`. A frozen loop gathers work and does none."""

    def __init__(self, world: World, name: str, troubles: list[str]) -> None:
        super().__init__()
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.frozen = False
        self._world = world
        self._troubles = troubles

    def time(self) -> float:
        """Tell the time."""
        return self._world.now

    def freeze(self) -> None:
        """Stop turning."""
        self.frozen = True
        self._world.remove(self)

    def thaw(self) -> None:
        """Go on; what fell due meanwhile is late."""
        if self.frozen:
            self.frozen = False
            if self.ready:
                self._world.add(self)

    def make_ready(self, handle: asyncio.Handle) -> None:
        """Let a handle run at the loop's next turn."""
        if not self.ready and not self.frozen:
            self._world.add(self)
        self.ready.append(handle)

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call something at the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self.make_ready(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Do the same: the threads are simulated too."""
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call something in so many seconds."""
        return self.call_at(self._world.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call something at a time of the world's clock."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._world.schedule(when, handle, self)
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note what nobody expected."""
        self._troubles.append(f"{self.name}: {context['message']}: {context.get('exception')!r}")
