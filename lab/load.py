"""Load on the running system: tasks all at once or one by one, and Locust."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from benchmarks.faults.waiting import until
from benchmarks.open_loop.payloads import Kind
from lab.locusting import Step, calls, run_step
from lab.progress import progress
from lab.stage import WAIT_SECONDS, Stage


class Load(Stage):
    """Submits, waits, and knows what was accepted."""

    def submit(
        self,
        type: str,
        payload: dict[str, Any] | Sequence[dict[str, Any]] | None = None,
        *,
        count: int = 1,
        rate: float | None = None,
        priority: int = 5,
    ) -> list[str]:
        """Submit tasks and return the ids of those that were accepted.

        All at once, or one by one, `rate` a second. A list of payloads stands for a task each.
        """
        payloads = [payload or {}] * count if payload is None or isinstance(payload, dict) else payload
        tasks = [{"type": type, "payload": one, "priority": priority} for one in payloads]
        url = self._running().api_url
        if rate is None:
            return self._caller.batches(url, tasks)
        with progress(f"submitting {len(tasks):,} tasks, {rate:g} a second") as tell:
            ids = []
            for task_id in self._caller.paced(url, tasks, rate):
                ids.append(task_id)
                if len(ids) % 10 == 0:
                    tell(f"{len(ids):,} of {len(tasks):,} tasks accepted")
            tell(f"{len(ids):,} of {len(tasks):,} tasks accepted")
        return ids

    def done(self) -> int:
        """Count the tasks that have ended so far."""
        stats = self._caller.ask(f"{self.api_url}/tasks/queue/stats")
        return self._accepted() - int(stats["total_pending"]) - int(stats["scheduled"])

    def wait(self, share: float = 1.0) -> None:
        """Wait until so large a share of the accepted tasks has ended."""
        wanted = share * self._accepted()
        with progress(f"waiting for {wanted:.0f} tasks") as tell:

            def enough() -> bool:
                ended = self.done()
                tell(f"{ended:,} of {self._accepted():,} tasks done")
                time.sleep(0.05)  # a look costs the API something
                return ended >= wanted

            until(enough, f"{wanted:.0f} tasks are done", seconds=WAIT_SECONDS)

    def locust(
        self,
        *,
        users: Sequence[int] = (),
        rate: Sequence[float] = (),
        seconds: float = 5.0,
        type: str = "noop",
        payload: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Load the running system with Locust, step after step; returns a line a step.

        `users` wait for each answer before they call again. `rate`, calls a second, waits for nobody. The columns:
        accepted calls, these a second, 50th and 95th percentile in ms, and the cores that each part used.
        """
        steps = [(count, None) for count in users] + [(None, each) for each in rate]
        lines = []
        with progress(f"{len(steps)} steps of {seconds:g} s") as tell:
            for number, (count, each) in enumerate(steps):
                tell(f"step {number + 1} of {len(steps)}: {f'{count} users' if count else f'{each:g} calls a second'}")
                self._steps += 1
                log = self._folder.with_name(f"locust-{self._steps}-of-{self._folder.name}.jsonl")
                step = Step(users=count, rate=each, seconds=seconds, kind=Kind(type, payload or {}))
                found = run_step(step, self.api_url, log, self._running().pids)
                called = list(calls(log))
                self._caller.calls += called
                self._logs += [log] if called else []
                lines.append({"users": count, "rate": each, **found})
            tell(f"{len(steps)} steps run")
        return pd.DataFrame(lines).dropna(axis="columns", how="all")

    def _accepted(self) -> int:
        return sum(len(call.ids) for call in self._caller.calls)

    def _find(self, **query: Any) -> list[dict[str, Any]]:
        with suppress(OSError):
            return list(self._caller.ask(f"{self._running().api_url}/tasks", limit=500, **query)["items"])
        return []
