"""Where a run takes place: the world, the queue's server, the network, and what is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any, cast

from benchmarks.simulation.evidence import START, Evidence
from benchmarks.simulation.loops import Loop, World
from benchmarks.simulation.markers import MarkerClient, MarkerQueue
from benchmarks.simulation.network import Network, Remote
from benchmarks.simulation.process import Process
from benchmarks.simulation.scenario import Scenario
from benchmarks.simulation.variants import Variant
from system.queues.memory import MemoryQueue, MemoryRegistry
from system.queues.protocol import Queue


class Stage:
    """All that the workers of one run share."""

    def __init__(self, scenario: Scenario, variant: Variant) -> None:
        chance = Random(f"world:{scenario.seed}")  # noqa: S311 (repeatable, not secret)
        self.scenario = scenario
        self.variant = variant
        self.evidence = Evidence(scenario=scenario)
        self.world = World(chance, scenario.step_seconds)
        self.server = Loop(self.world, "queue", self.evidence.troubles)
        self.director = Loop(self.world, "director", self.evidence.troubles)
        self._loops = [self.server, self.director]
        self.network = Network(self.server, scenario.weather, chance, self.evidence.disturbances)
        make = variant.queue or (MarkerQueue if scenario.markers else MemoryQueue)
        self.queue = make(lease_seconds=scenario.lease_seconds, clock=self.server_time)
        self.unserved: set[asyncio.Task[Any]] = set()
        """What the server has not come to yet."""
        self.registry = MemoryRegistry(clock=self.server_time)

    def server_time(self) -> float:
        """Tell the server's time, in seconds since 1970."""
        return START + self.world.now

    def connection(self, process: Process) -> Queue:
        """Connect a process to the queue."""
        remote = Remote(self.network, process, self.queue)
        return cast("Queue", MarkerClient(remote) if isinstance(self.queue, MarkerQueue) else remote)

    def process(self, name: str) -> Process:
        """Make a process."""
        process = Process(self.world, name, self.evidence.troubles)
        self._loops += [process.main, process.side]
        return process

    def serve(self, call: Coroutine[Any, Any, Any]) -> None:
        """Let the server do something that no worker asked for, as soon as it can."""
        served = self.server.create_task(call)
        self.unserved.add(served)
        served.add_done_callback(self.unserved.discard)

    def later(self, seconds: float, call: Any) -> None:
        """Let the director do something in so many seconds."""
        self.director.call_later(seconds, call)

    def note(self, who: str, what: str) -> None:
        """Write a line of the log."""
        self.evidence.notes.append((self.world.now, who, what))

    def close(self) -> None:
        """Close the loops."""
        for loop in self._loops:
            loop.close()
