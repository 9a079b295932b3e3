"""Signs of life: renews the leases of all claims in hand and beats the heart, on a connection of its own.

It runs in a thread with its own event loop (sideloop.py): a handler that blocks the worker's loop must lose neither
its lease nor the worker its good name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic
from typing import Any

from system.queues.protocol import Queue
from system.queues.registry import Order, WorkerRegistry
from system.tasks.context import Report
from system.tasks.errors import QueueUnavailable
from system.worker.clock import Clock
from system.worker.held import Hand, Held
from system.worker.outage import Outage

Connect = Callable[[], AbstractAsyncContextManager[tuple[Queue, WorkerRegistry]]]
"""Opens a connection for the loop that calls it, and closes it again."""

BEAT_SECONDS = 3.0
REPORT_SECONDS = 1.0
LOOK_SECONDS = 0.5
GOODBYE_SECONDS = 0.5  # how long the last word may take


class Keeper:
    """Keeps what a worker holds alive, and tells it what is lost.

    `lost` is called, in this thread, with each claim that the queue says is no longer held; `beaten` with the order and
    the seconds that each heartbeat brought; `look` twice a second. `renew_seconds` is None for a queue without leases.
    """

    def __init__(
        self,
        connect: Connect,
        hand: Hand,
        *,
        worker_id: str,
        renew_seconds: float | None,
        safe_seconds: float,
        info: Callable[[], dict[str, Any]],
        lost: Callable[[Held], None],
        beaten: Callable[[Order | None, float], None],
        look: Callable[[], None],
        reports: Callable[[], list[Report]],
        outage: Outage,
        clock: Clock = monotonic,
    ) -> None:
        self._connect = connect
        self._hand = hand
        self._worker_id = worker_id
        self._renew_seconds = renew_seconds
        self._safe_seconds = safe_seconds
        self._info = info
        self._lost = lost
        self._beaten = beaten
        self._look = look
        self._reports = reports
        self._outage = outage
        self._clock = clock
        self._beat_now = asyncio.Event()
        self._report_now = asyncio.Event()

    def beat_now(self) -> None:
        """Tell the registry at once; call it in the keeper's loop."""
        self._beat_now.set()

    def report_now(self) -> None:
        """Tell how far tasks are; call it in the keeper's loop."""
        self._report_now.set()

    async def run(self, stopped: asyncio.Event) -> None:
        """Renew and beat until stopped, then take the worker off the registry."""
        async with self._connect() as (queue, registry):
            async with asyncio.TaskGroup() as group:
                loops = [
                    group.create_task(self._beating(registry, stopped)),
                    group.create_task(self._reporting(queue, stopped)),
                    group.create_task(self._looking(stopped)),
                ]
                if self._renew_seconds is not None:
                    loops.append(group.create_task(self._renewing(queue, self._renew_seconds, stopped)))
                await stopped.wait()
                self._beat_now.set()
                self._report_now.set()
                for loop in loops:
                    loop.cancel()  # the Redis client may swallow this (wait_for of Python 3.11), hence the flags
            await self._leave(registry)

    async def _renewing(self, queue: Queue, seconds: float, stopped: asyncio.Event) -> None:
        pause = seconds
        while not stopped.is_set():
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(seconds):  # an answer that takes longer is of no use
                    await self._renew(queue)
            except (QueueUnavailable, TimeoutError) as error:
                pause = min(self._outage.failed("leases", error), seconds)
            else:
                self._outage.answered("leases")
                pause = seconds

    async def _renew(self, queue: Queue) -> None:
        helds, sent = self._hand.all(), self._clock()
        kept = await queue.renew([held.claim for held in helds]) if helds else []
        for held, is_kept in zip(helds, kept, strict=True):
            if is_kept:
                held.deadline = sent + self._safe_seconds
            else:
                self._lost(held)

    async def _beating(self, registry: WorkerRegistry, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            self._beat_now.clear()
            pause = BEAT_SECONDS
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    sent = self._clock()
                    order = await registry.beat(self._worker_id, self._info())
                    self._beaten(order, self._clock() - sent)
            except (QueueUnavailable, TimeoutError) as error:
                pause = self._outage.failed("heartbeat", error)
            else:
                self._outage.answered("heartbeat")
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._beat_now.wait()

    async def _looking(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            await asyncio.sleep(LOOK_SECONDS)
            self._look()

    async def _reporting(self, queue: Queue, stopped: asyncio.Event) -> None:
        """Send what there is, then rest: whoever says a thousand words a second is heard once."""
        while not stopped.is_set():
            await self._report_now.wait()
            self._report_now.clear()
            if reports := self._reports():
                with suppress(QueueUnavailable, TimeoutError):  # newer words will come
                    async with asyncio.timeout(REPORT_SECONDS):
                        await queue.report(reports)
                await asyncio.sleep(REPORT_SECONDS)

    async def _leave(self, registry: WorkerRegistry) -> None:
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await registry.remove(self._worker_id)
        except (QueueUnavailable, TimeoutError):
            return  # it will be counted as lost, until somebody cleans up
