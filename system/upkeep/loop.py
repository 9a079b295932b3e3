"""The upkeep process: records, cleans up, reconciles and prunes, each in its own rhythm, for every named queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from system.queues.protocol import Queue
from system.storage.projection import Projection
from system.storage.store import Store
from system.upkeep.alerter import Alerter
from system.upkeep.pruner import Pruner, Retention
from system.upkeep.reconciler import GRACE_SECONDS, Reconciler
from system.upkeep.recorder import Recorder
from system.upkeep.rounds import Rounds
from system.upkeep.scaler import Scaler
from system.upkeep.webhook import Webhook

HISTORY_SECONDS = 1.0  # how long the recorder waits for something to happen, and a stop for the recorder
GATHER_SECONDS = 0.05  # then lets gather: a commit for each single event took a fifth of a core at 200 tasks a second
MANY_EVENTS = 1_000  # in one helping: more wait already, so there is nothing to wait for
NAMES_SECONDS = 1.0
CLEANUP_SECONDS = 1.0
SWEEP_SECONDS = 5.0
SWEEP_PAGES = 20  # what a sweep may cost while nothing is lost: a backlog of a million is compared in four minutes
PRUNE_SECONDS = 60.0
ALERT_SECONDS = 2.0
TELL_SECONDS = 1.0
SCALE_SECONDS = 2.0


class Upkeep:
    """All of it. Five such processes do no more harm than one, and no less good.

    Serves the queues it is given and all that SQL knows of. `grace_seconds` is how long a task may take from SQL to the
    queue before it is taken for lost.
    """

    def __init__(
        self,
        queue: Queue,
        store: Store,
        projection: Projection,
        *,
        queues: Sequence[str],
        retention: Retention,
        grace_seconds: float = GRACE_SECONDS,
        alerter: Alerter | None = None,
        webhook: Webhook | None = None,
        scaler: Scaler | None = None,
    ) -> None:
        self._queue = queue
        self._store = store
        self._given = queues
        self._recorder = Recorder(queue, projection)
        self._reconciler = Reconciler(queue, store, projection, self._recorder, grace_seconds=grace_seconds)
        self._pruner = Pruner(store, retention)
        self._alerter = alerter
        self._webhook = webhook
        self._scaler = scaler
        self._rounds = Rounds()
        self._served: set[str] = set()

    async def run(self) -> None:
        """Work until `stop` is called, whatever is away meanwhile."""
        async with asyncio.TaskGroup() as group:
            for name in self._given:
                self._serve(group, name)

            async def look_for_queues() -> None:
                for name in await self._store.queue_names():
                    self._serve(group, name)

            group.create_task(self._rounds.repeat("names", look_for_queues, NAMES_SECONDS))
            group.create_task(self._rounds.repeat("prune", self._pruner.prune, PRUNE_SECONDS))
            if self._alerter is not None:
                group.create_task(self._rounds.repeat("alerts", self._alerter.round, ALERT_SECONDS))
            if self._scaler is not None:
                group.create_task(self._rounds.repeat("scaling", self._scaler.round, SCALE_SECONDS))
            if self._webhook is not None:
                group.create_task(self._rounds.repeat("webhook", self._webhook.round, TELL_SECONDS))

    def stop(self) -> None:
        """Let `run` return within about a second."""
        self._rounds.stop()

    def _serve(self, group: asyncio.TaskGroup, name: str) -> None:
        """Begin to work for a queue, once."""
        if name in self._served:
            return
        self._served.add(name)

        async def record() -> None:
            if await self._recorder.step(name, HISTORY_SECONDS) < MANY_EVENTS:
                await asyncio.sleep(GATHER_SECONDS)

        async def clean_up() -> None:
            found = await self._queue.cleanup(name)
            if found.orphaned:
                await self._reconciler.put_again(name, found.orphaned)

        async def sweep() -> None:
            await self._reconciler.sweep(name, pages=SWEEP_PAGES)

        group.create_task(self._rounds.repeat(f"record {name}", record, 0.0))
        group.create_task(self._rounds.repeat(f"clean up {name}", clean_up, CLEANUP_SECONDS))
        group.create_task(self._rounds.repeat(f"sweep {name}", sweep, SWEEP_SECONDS))
