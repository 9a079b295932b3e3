"""One run of the demo: submit, watch, kill, wait for the end, gather what the record says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from system.demo.report import Kill, Report
from system.demo.sources import library_files
from system.operations.new_task import NewTask
from system.tasks.errors import TaskLabError
from system.tasks.task import OVER, Status
from system.wiring import Services, import_handlers, make_stack, make_submitter, open_services

if TYPE_CHECKING:
    from system.local.stack import Stack
    from system.wiring import Settings

CHUNK = 100  # tasks in one submit: the first ones run while the rest is still on its way
KILL_AT = 0.4  # of the tasks done
LOOK_SECONDS = 0.05
AGAIN_SECONDS = 0.5  # after a kill that hit nothing
MOST_KILLS = 3
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    total: int
    done: int
    kills: list[Kill]


Watch = Callable[[Progress], None]


def run(settings: Settings, folder: Path, *, workers: int, crash: bool, watch: Watch) -> Report:
    """Run the demo on services of its own in `folder`, whatever else is running on this machine."""
    import_handlers(settings)
    own = replace(settings, data=folder, redis_url=None, database_url=None)
    with make_stack(own, workers=workers) as stack:
        located = replace(own, redis_url=stack.redis_url, database_url=stack.database_url)
        return asyncio.run(_run(located, stack, watch, crash=crash))


async def _run(settings: Settings, stack: Stack, watch: Watch, *, crash: bool) -> Report:
    async with open_services(settings) as services:
        run = Run(stack, services, watch, crash=crash)
        submitter = make_submitter(settings, services)
        submitter.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(run.attend())
                for chunk in run.chunks():
                    run.ids += await submitter.submit_many(chunk)
        finally:
            await submitter.stop()
        return await run.report()


class Run:
    """A run under way."""

    def __init__(self, stack: Stack, services: Services, watch: Watch, *, crash: bool) -> None:
        self.ids: list[str] = []
        self._files = library_files()
        self._stack = stack
        self._store = services.store
        self._watch = watch
        self._crash = crash
        self._kills: list[Kill] = []

    def chunks(self) -> list[list[NewTask]]:
        """Return what is to be submitted."""
        tasks = [NewTask(type="index_source", payload={"path": path}) for path in self._files]
        return [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]

    async def attend(self) -> None:
        """Look at the record until all is done; kill a worker on the way. Gives up after a minute."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (done := await self._done()) < len(self._files):
                    if self._crash and done >= KILL_AT * len(self._files) and await self._nothing_hit():
                        await self._kill()
                    self._watch(Progress(len(self._files), done, self._kills))
                    await asyncio.sleep(LOOK_SECONDS)
        self._watch(Progress(len(self._files), await self._done(), self._kills))

    async def report(self) -> Report:
        """Gather what the record says."""
        rows = await self._store.get_many(self.ids)
        attempts = {row.id: await self._store.attempts(row.id) for row in rows if row.attempts > 1}
        return Report(len(self.ids), await self._store.verdict(), rows, attempts, self._kills)

    async def _done(self) -> int:
        counts = await self._store.counts()
        return sum(counts[status] for status in OVER)

    async def _nothing_hit(self) -> bool:
        """Tell whether a kill is due: there was none yet, or the last one hit a worker that held nothing."""
        if not self._kills or len(self._kills) == MOST_KILLS:
            return not self._kills
        long_ago = time.time() * 1000 - self._kills[-1].at > AGAIN_SECONDS * 1000
        return long_ago and (await self._store.verdict()).killed == 0

    async def _kill(self) -> None:
        """Kill the worker that holds the most."""
        running = await self._store.find(status=Status.RUNNING, limit=500)
        alive = {worker.id: worker for worker in self._stack.workers()}
        holders = Counter(row.worker for row in running if row.worker in alive).most_common(1)
        if not holders:
            return
        with suppress(TaskLabError):  # it may have died by itself
            victim = self._stack.kill_worker(alive[holders[0][0] or ""].name)
            self._kills.append(Kill(victim.id, victim.pid, int(time.time() * 1000)))
