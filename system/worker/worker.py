"""One worker: its parts, its start and its end.

claiming ──▶ slots ──▶ attempt ──▶ settle          in the worker's event loop
    leases (renewals, heartbeats)                  in a thread of its own, so that no handler can block them
    watch  (deadlines)                             needs no answer from the queue
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import monotonic
from typing import Any

import structlog

from system.queues.protocol import Ability, Queue
from system.queues.registry import Order
from system.worker.appetite import Appetite
from system.worker.blocked import Blocked
from system.worker.care import Care
from system.worker.claiming import Claimer, Terms
from system.worker.clock import Clock
from system.worker.counts import Counts
from system.worker.drain import Drain
from system.worker.guard import Guard
from system.worker.heartbeat import Heartbeat
from system.worker.held import Hand, Held, Stop
from system.worker.leases import Connect, Keeper
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.reports import Reports
from system.worker.runner import Runners
from system.worker.settle import Settler
from system.worker.sideloop import Main, Side, SideLoop
from system.worker.slots import Slots
from system.worker.watch import Watch

log = structlog.get_logger("worker")


class Worker:
    """Claims and runs tasks of the named queues, `concurrency` at once.

    `lease_seconds` must be the queue's. `connect` opens a second connection, to queue and registry, in the thread that
    renews leases. A `burst` worker ends when there is nothing left to come. `weights` say how often each queue is asked
    first; without them the queues are asked in their order. `care` limits the worker's life. `random`, `clock` and
    `side` (which runs the keeper beside the worker's loop) are there for simulations.
    """

    def __init__(
        self,
        queue: Queue,
        connect: Connect,
        *,
        worker_id: str,
        queues: Sequence[str],
        concurrency: int,
        lease_seconds: float,
        grace_seconds: float,
        burst: bool = False,
        weights: Mapping[str, int] | None = None,
        care: Care | None = None,
        random: Random | None = None,
        clock: Clock = monotonic,
        side: Callable[[Main, str], Side] = SideLoop,
    ) -> None:
        leased = Ability.LEASES in queue.abilities
        margin = min(1.0, lease_seconds / 5)
        safe_seconds = lease_seconds - margin if leased else math.inf
        random = random or Random()  # noqa: S311 - it spreads retries, it guards nothing
        self._worker_id = worker_id
        self._changed = Nudge()
        self._hand = Hand()
        counts, outage, appetite = Counts(), Outage(random, clock), Appetite()
        reports = Reports(lambda: self._lease_thread.call(self._keeper.report_now))
        self._runners = Runners(concurrency, reports.note)
        self._guard = Guard(queue.breakers, outage=outage, random=random, clock=clock)
        self._settler = Settler(
            queue,
            self._hand,
            counts=counts,
            outage=outage,
            changed=self._changed,
            margin=margin,
            clock=clock,
        )
        self._slots = Slots(
            concurrency,
            runners=self._runners,
            settler=self._settler,
            guard=self._guard,
            appetite=appetite,
            changed=self._changed,
            random=random,
            clock=clock,
        )
        self._watch = Watch(self._hand, self._slots, self._settler, margin=margin, clock=clock)
        self._heartbeat = Heartbeat(queues, self._slots, counts, self._watch, self._hand)
        self._claimer = Claimer(
            queue,
            Terms(worker_id, queues, safe_seconds, burst, weights),
            slots=self._slots,
            settler=self._settler,
            hand=self._hand,
            appetite=appetite,
            outage=outage,
            changed=self._changed,
            clock=clock,
        )
        self._drain = Drain(self._slots, self._hand, self._settler, self._changed, grace_seconds, clock=clock)
        self._keeper = Keeper(
            connect,
            self._hand,
            worker_id=worker_id,
            renew_seconds=lease_seconds / 3 if leased else None,
            safe_seconds=safe_seconds,
            info=self._heartbeat.info,
            lost=self._lost,
            beaten=self._beaten,
            look=self._look,
            reports=reports.take,
            outage=outage,
            clock=clock,
        )
        self._side = side
        self._lease_thread = side(self._keeper.run, "leases")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._blocked: Blocked | None = None
        self._care = care or Care()
        self._counts = counts

    async def run(self) -> None:
        """Work until stopped, or until a burst is done; everything is settled or given back when this returns."""
        log.info("worker_started", worker=self._worker_id)
        self._loop = asyncio.get_running_loop()
        if self._side is SideLoop:  # a simulated thread has no stack to look at
            self._blocked = Blocked(self._watch.lag)
        self._lease_thread.start()
        try:
            async with asyncio.TaskGroup() as group:
                settling = group.create_task(self._settler.run())
                helpers = [
                    group.create_task(self._lease_thread.ended()),  # if it fails, all fails
                    group.create_task(self._watch.run()),
                    group.create_task(self._guard.run()),
                    group.create_task(self._care.run(lambda: self._counts.done + self._counts.failed, self._retire)),
                    *[group.create_task(self._slots.work()) for _ in range(self._slots.concurrency)],
                ]
                await self._claimer.run()
                await self._drain.run(settling)
                await self._guard.say_goodbye()
                for helper in helpers:
                    helper.cancel()
        finally:
            self._lease_thread.stop()
            await self._lease_thread.ended()
            await self._runners.close()
        log.info("worker_stopped", worker=self._worker_id)

    def stop(self) -> None:
        """Drain: claim nothing more, finish what runs within the grace, give back the rest. Called again: at once.

        Call it in the worker's loop, or from a signal handler of that loop.
        """
        if self._heartbeat.draining:
            self._drain.hurry()
            return
        log.info("worker_draining", worker=self._worker_id, running=self._slots.running)
        self._heartbeat.draining = True
        self._claimer.stop()
        self._lease_thread.call(self._keeper.beat_now)

    def info(self) -> dict[str, Any]:
        """Return what the worker says of itself with each heartbeat; see heartbeat.py."""
        return self._heartbeat.info()

    def _retire(self) -> None:
        if not self._heartbeat.draining:
            self.stop()

    def _obey(self, order: Order | None) -> None:
        """Do what somebody outside has told this worker."""
        if order is Order.DRAIN:
            self._retire()
        elif self._heartbeat.quiet != (order is Order.QUIET):
            self._heartbeat.quiet = order is Order.QUIET
            log.info("worker_quiet" if self._heartbeat.quiet else "worker_resumes", worker=self._worker_id)
            self._claimer.quiet(on=self._heartbeat.quiet)
            self._lease_thread.call(self._keeper.beat_now)

    def _beaten(self, order: Order | None, seconds: float) -> None:
        """Note what a heartbeat brought; called from the lease thread."""
        self._heartbeat.redis_seconds = seconds
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._obey, order)

    def _look(self) -> None:
        if self._blocked is not None:
            self._blocked.look()

    def _lost(self, held: Held) -> None:
        """Break off what the queue says is lost; called from the lease thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(held.stop, Stop.LOST)
