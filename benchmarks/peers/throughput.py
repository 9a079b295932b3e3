"""One round of one queue: submitting, no-ops with start latency, tasks that wait; each on an emptied Redis."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.adapter import Adapter, Part
from benchmarks.peers.drain import drain, drain_for
from benchmarks.peers.environments import Environment
from benchmarks.peers.marks import IO, NOOP
from benchmarks.peers.server import Server
from benchmarks.peers.stage import IO_SLOTS, Stage, stage

Cells = dict[str, float]
"""Name of a cell -> its value; figures.py says the names and units."""

IO_A_SECOND = 50  # tasks of 20 ms that one slot can run
WARM_UP = 200
RATE = 200.0  # tasks a second, for the start latency
LEAST_RATE = 1.2 * RATE  # of a worker of which a latency at that rate can be told
FAST = 100_000.0  # tasks a second, where the rate of submits is not measured
PERCENTILES = (50, 95, 99)
SETTLE_SECONDS = 20.0
TELLING_TASKS = 2_000  # of which the memory can be told from the server's own


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each cell is measured, in seconds, and with how many workers."""

    submit: float = 1.0
    drain: float = 1.4
    latency: float = 2.5
    workers: tuple[int, ...] = (1, 2, 4)
    """Numbers of worker processes."""


QUICK = Effort(submit=0.2, drain=0.3, latency=0.5)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of one queue needs."""

    adapter: Adapter
    environment: Environment
    server: Server
    folder: Path
    effort: Effort
    known: Cells
    """What earlier rounds found; it saves trial drains."""

    def run(self, keep: Callable[[Cells], None]) -> None:
        """Measure; each group of cells is handed to `keep` as soon as it is there. Raises Unavailable."""
        for part, measure in (
            (Part.ENQUEUE, self._submit),
            (Part.NOOP, self._noops),
            (Part.IO, self._io),
        ):
            if part in self.adapter.parts:
                folder = self.folder / part
                shutil.rmtree(folder, ignore_errors=True)
                with stage(self.adapter, self.environment, self.server, folder) as current:
                    measure(current, keep)
                shutil.rmtree(folder)

    def _submit(self, current: Stage, keep: Callable[[Cells], None]) -> None:
        client, limit = current.client, self.effort.submit
        client.one(NOOP, WARM_UP)
        sent, seconds = client.one(NOOP, 1_000_000, limit=limit)
        cells = {"one": sent / seconds}
        if self.adapter.bulk:
            client.bulk(NOOP, 1_000)
            before = self.server.used_bytes()
            sent, seconds = client.bulk(NOOP, 1_000_000, limit=limit)
            cells["bulk"] = sent / seconds
            if sent >= TELLING_TASKS:
                cells["redis_bytes"] = (self.server.used_bytes() - before) / sent
        keep(cells)

    def _noops(self, current: Stage, keep: Callable[[Cells], None]) -> None:
        known = self.known
        bulk_rate = known.get("bulk") or known.get("one") or FAST
        for workers in self.effort.workers:
            current.employ(workers, slots=self.adapter.slots)
            name = f"noop_{workers}"
            found = drain_for(current, NOOP, self.effort.drain, rate=known.get(name), bulk_rate=bulk_rate)
            cells = {name: found.rate}
            if workers == 1:
                cells["worker_us"] = found.worker_cpu_s / found.tasks * 1e6
                cells["redis_us"] = found.redis_cpu_s / found.tasks * 1e6
                if Part.LATENCY in self.adapter.parts and found.rate > LEAST_RATE:
                    cells |= self._latency(current)
            keep(cells)
        keep({"pss_mb": statistics.mean(worker.pss_mb() for worker in current.workers)})

    def _latency(self, current: Stage) -> Cells:
        warm_up, count = round(RATE / 4), round(RATE * self.effort.latency)
        current.marks.clear(warm_up + count)
        begin = current.client.paced(warm_up + count, RATE)
        current.settle(warm_up + count, SETTLE_SECONDS)
        starts = current.marks.starts(warm_up + count)
        waits = [at - begin - number / RATE for number, at in enumerate(starts) if at > begin][warm_up:]
        cuts = statistics.quantiles(waits, n=100)
        return {f"start_p{percent}": 1000 * cuts[percent - 1] for percent in PERCENTILES}

    def _io(self, current: Stage, keep: Callable[[Cells], None]) -> None:
        for workers in self.effort.workers:
            current.employ(workers, slots=IO_SLOTS, io=True)
            ideal = workers * IO_SLOTS * IO_A_SECOND
            count = round(ideal * self.effort.drain / IO_SLOTS) * IO_SLOTS
            keep({f"io_{workers}": drain(current, IO, count).rate / ideal})
