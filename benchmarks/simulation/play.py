"""One seed, played to the drain: the real worker and the real memory queue, in a world that takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter

from benchmarks.checker import REDIS, FaultKind
from benchmarks.simulation.crew import Crew
from benchmarks.simulation.evidence import Deed, Evidence
from benchmarks.simulation.handler import JOURNAL
from benchmarks.simulation.loops import Stuck
from benchmarks.simulation.overheard import overheard
from benchmarks.simulation.planning import plan
from benchmarks.simulation.scenario import Act, TaskPlan
from benchmarks.simulation.stage import Stage
from benchmarks.simulation.variants import RIGHT, Variant
from system.tasks.task import Task

PATIENCE_SECONDS = 120.0  # of the world's time, for the drain
LOOK_SECONDS = 0.25
UPKEEP_SECONDS = 1.0


def play(seed: int, variant: Variant = RIGHT) -> Evidence:
    """Play a seed and return what there is to judge; the same each time, to the last byte of its log."""
    stage = Stage(plan(seed), variant)
    journal = JOURNAL.set(stage.evidence.stints)
    try:
        with overheard(stage):
            Play(stage).run()
    finally:
        JOURNAL.reset(journal)
    return stage.evidence


class Play:
    """The director's book: who comes on when, until all is done and everybody has gone home."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._crew = Crew(stage)

    def run(self) -> None:
        """Play, then clear the stage."""
        stage = self._stage
        story = stage.director.create_task(self._story())
        try:
            stage.world.run(story)
            story.result()
            self._strike()
        except Stuck as stuck:
            stage.evidence.troubles.append(str(stuck))
        finally:
            stage.close()

    async def _story(self) -> None:
        stage = self._stage
        upkeep = stage.server.create_task(self._clean_up()) if stage.scenario.upkeep else None
        for at, do in self._book():
            await asyncio.sleep(at - stage.world.now)
            do()
        await asyncio.sleep(stage.scenario.until - stage.world.now)
        await self._heal()
        stage.evidence.drained = await self._until(self._is_empty)
        stage.note("director", "drained" if stage.evidence.drained else "gives up")
        for post in self._crew.at_work:
            self._crew.stop(post)
        await self._until(self._is_deserted)
        await self._take_stock()
        if upkeep is not None:
            upkeep.cancel()

    def _book(self) -> list[tuple[float, Callable[[], None]]]:
        """Return what to do when."""
        scenario = self._stage.scenario
        at = attrgetter("at")
        puts = [(at, partial(self._put, list(tasks))) for at, tasks in groupby(sorted(scenario.tasks, key=at), key=at)]
        acts = [(act.at, partial(self._act, act)) for act in scenario.acts]
        return sorted([*puts, *acts], key=lambda entry: entry[0])

    def _put(self, plans: list[TaskPlan]) -> None:
        now = round(self._stage.server_time() * 1000)
        self._stage.serve(self._stage.queue.put([_task(plan, now) for plan in plans]))

    def _act(self, act: Act) -> None:
        stage = self._stage
        match act.deed:
            case "cancel":
                stage.note("director", f"cancels {act.target}")
                queue = next(task.queue for task in stage.scenario.tasks if task.id == act.target)
                stage.serve(stage.queue.cancel(queue, act.target))
            case "hold":
                stage.note("director", f"holds {act.target}, {act.seconds:.3f} s")
                stage.serve(stage.queue.pause(act.target))
                stage.later(act.seconds, lambda: stage.serve(stage.queue.resume(act.target)))
            case "hang":
                stage.note("queue", f"hangs, {act.seconds:.3f} s")
                stage.server.freeze()
                stage.later(act.seconds, stage.server.thaw)
                now = stage.world.now
                stage.evidence.deeds.append(Deed(REDIS, FaultKind.PAUSE, now, now + act.seconds))
            case _:
                self._crew.do(act)

    async def _heal(self) -> None:
        stage = self._stage
        stage.note("director", "nothing goes wrong from here on")
        stage.network.heal()
        stage.server.thaw()
        self._crew.heal()
        for queue in stage.scenario.queues:
            await stage.queue.resume(queue)

    async def _clean_up(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_SECONDS)
            for queue in self._stage.scenario.queues:
                await self._stage.queue.cleanup(queue)

    async def _until(self, condition: Callable[[], Awaitable[bool]]) -> bool:
        """Wait for something, so long that only a mistake makes it last longer."""
        over = self._stage.world.now + PATIENCE_SECONDS
        while self._stage.world.now < over:
            if await condition():
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False

    async def _is_empty(self) -> bool:
        if self._stage.unserved:
            return False
        stats = [await self._stage.queue.stats(queue) for queue in self._stage.scenario.queues]
        return not any(each.ready + each.leased + each.scheduled for each in stats)

    async def _is_deserted(self) -> bool:
        return not self._crew.at_work

    async def _take_stock(self) -> None:
        stage, evidence = self._stage, self._stage.evidence
        for queue in stage.scenario.queues:
            ids = [task.id for task in stage.scenario.tasks if task.queue == queue]
            missing = set(await stage.queue.missing(queue, ids))
            evidence.leftovers += [task_id for task_id in ids if task_id not in missing]
            for batch in await stage.queue.history(queue, "0", 1_000_000):
                evidence.events += batch.events
        evidence.events.sort(key=attrgetter("at"))
        evidence.stints = [
            replace(stint) for stint in evidence.stints
        ]  # the dead will add to theirs when they are buried
        evidence.troubles += [f"{post.process.name} does not stop" for post in self._crew.at_work]

    def _strike(self) -> None:
        """See that those who went left nothing running, and end what is left of the dead: Python insists on it."""
        stage = self._stage
        for post in self._crew.posts:
            if post.process.alive and post.process.tasks():
                stage.evidence.troubles.append(f"{post.process.name} left something running")
            post.process.bury(stage.world)
        for task in asyncio.all_tasks(stage.server):
            task.cancel()
            stage.world.run(task)


def _task(plan: TaskPlan, now: int) -> Task:
    return Task(
        id=plan.id,
        type="simulated",
        payload={"attempts": plan.attempts},
        queue=plan.queue,
        priority=plan.priority,
        max_attempts=plan.max_attempts,
        timeout=plan.timeout,
        created_at=now,
        run_at=now + round(plan.delay * 1000),
    )
