"""The workers of a run: hired, hit by what the scenario has in store, replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import cast

from benchmarks.checker import FaultKind
from benchmarks.simulation.evidence import Deed, Stop
from benchmarks.simulation.network import Remote
from benchmarks.simulation.process import Process, SideThread
from benchmarks.simulation.scenario import Act, WorkerPlan
from benchmarks.simulation.stage import Stage
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.worker.worker import Worker

THREADS = {"pause": ("main", "side"), "block": ("main",), "starve": ("side",)}


@dataclass(slots=True)
class Post:
    """One worker and the process it runs in."""

    plan: WorkerPlan
    process: Process
    worker: Worker


class Crew:
    """All workers there ever were, and who is at each place now."""

    def __init__(self, stage: Stage) -> None:
        self.posts: list[Post] = []
        self._stage = stage
        self._complete = False
        self._places = [self._hire(plan, f"w{number}") for number, plan in enumerate(stage.scenario.workers, 1)]

    @property
    def at_work(self) -> list[Post]:
        """Whose programs run."""
        return [post for post in self.posts if post.process.at_work]

    def do(self, act: Act) -> None:
        """Do something to whoever is at a place."""
        place = int(act.target)
        post = self._places[place]
        if not post.process.at_work:
            return
        self._stage.note(post.process.name, f"{act.deed}, {act.seconds:.3f} s")
        match act.deed:
            case "kill" | "crash":
                self._kill(post, noticed=act.deed == "crash")
                self._stage.later(act.seconds, partial(self._fill, place))
            case "stop" | "stop now":
                self.stop(post, calls=1 + (act.deed == "stop now"))
                self._fill(place)
            case "pause" | "block" | "starve":
                self._freeze(post.process, THREADS[act.deed], act.seconds)
            case _:
                self._stage.network.cut(
                    post.process, act.deed.removeprefix("cut "), self._stage.world.now + act.seconds
                )
                self._note_deed(post.process, FaultKind.PARTITION, act.seconds)

    def stop(self, post: Post, *, calls: int = 1) -> None:
        """Send SIGTERM, once or twice; a worker that stands still gets it when it goes on."""
        grace = post.plan.grace_seconds if calls == 1 else 0.0
        self._stage.evidence.stops.setdefault(post.process.name, Stop(self._stage.world.now, grace))
        for _ in range(calls):
            post.process.main.call_soon(post.worker.stop)

    def heal(self) -> None:
        """Let everybody go on, and fill the places where nobody is at work, for the last time."""
        for post in self.posts:
            post.process.thaw()
        for place in range(len(self._places)):
            self._fill(place)
        self._complete = True

    def _kill(self, post: Post, *, noticed: bool) -> None:
        post.process.kill()
        self._note_deed(post.process, FaultKind.KILL, 0.0)
        if noticed:
            self._stage.serve(self._stage.queue.abandon(post.process.name, post.plan.queues))

    def _freeze(self, process: Process, threads: tuple[str, ...], seconds: float) -> None:
        if "main" in threads:
            process.main.freeze()
        if "side" in threads:
            process.side.freeze()
        self._note_deed(process, FaultKind.PAUSE, seconds, threads)
        self._stage.later(seconds, process.thaw)

    def _note_deed(self, process: Process, kind: FaultKind, seconds: float, threads: tuple[str, ...] = ()) -> None:
        now = self._stage.world.now
        self._stage.evidence.deeds.append(Deed(process.name, kind, now, now + seconds, threads))

    def _fill(self, place: int) -> None:
        """Hire a successor unless somebody is at work and means to stay."""
        old = self._places[place]
        stays = old.process.at_work and old.process.name not in self._stage.evidence.stops
        if stays or self._complete:
            return
        generation = 1 + sum(post.plan is old.plan for post in self.posts)
        self._places[place] = self._hire(old.plan, f"w{place + 1}.{generation}")

    def _hire(self, plan: WorkerPlan, name: str) -> Post:
        stage = self._stage
        process = stage.process(name)

        @asynccontextmanager
        async def connect() -> AsyncIterator[tuple[Queue, WorkerRegistry]]:
            yield stage.connection(process), cast("WorkerRegistry", Remote(stage.network, process, stage.registry))

        worker = Worker(
            stage.connection(process),
            connect,
            worker_id=name,
            queues=plan.queues,
            concurrency=plan.concurrency,
            lease_seconds=stage.scenario.lease_seconds,
            grace_seconds=plan.grace_seconds,
            random=Random(f"{name}:{stage.scenario.seed}"),  # noqa: S311 (repeatable, not secret)
            clock=stage.variant.worker_clock(lambda: stage.world.now + plan.clock_offset),
            side=lambda main, _: SideThread(process, main),
        )
        process.start(worker.run()).add_done_callback(partial(self._ended, process))
        post = Post(plan, process, worker)
        self.posts.append(post)
        return post

    def _ended(self, process: Process, ended: asyncio.Task[None]) -> None:
        if not process.alive:
            return
        name, evidence = process.name, self._stage.evidence
        self._stage.note(name, "ends")
        if name in evidence.stops:
            evidence.stops[name].ended = self._stage.world.now
        else:
            evidence.troubles.append(f"{name} ended though nobody told it to")
        if not ended.cancelled() and (error := ended.exception()) is not None:
            evidence.troubles.append(f"{name} crashed: {error!r}")
