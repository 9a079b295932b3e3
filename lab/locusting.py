"""Locust against the running system, step after step: what it got through, how long it took, and who was busy."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.checker import Answer
from benchmarks.engine.operations import read_calls
from benchmarks.engine.trials.usage import HOST, Reading, Usage
from benchmarks.open_loop import rows
from benchmarks.open_loop.payloads import Kind
from benchmarks.open_loop.subprocess import Locust, Plan, start
from lab.caller import Call

POST = ("POST", "/tasks")
LOOK_SECONDS = 0.2
START_SECONDS = 60.0  # a busy machine takes its time
SPAWNED = "All users spawned"  # Locust prints it
GENERATOR, WORKERS = "locust", "workers"
ROLES = ("api", WORKERS, "upkeep", "redis", GENERATOR, HOST)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One run of Locust: so many users who wait for each answer, or else calls at a rate that waits for nobody."""

    users: int | None
    rate: float | None
    seconds: float
    kind: Kind

    def plan(self) -> Plan:
        """Return it in the words of the open loop."""
        if self.rate is None:
            return Plan(mix=(self.kind,))
        return Plan(arrivals="poisson", rate=self.rate, seconds=self.seconds, mix=(self.kind,))

    def extra(self) -> tuple[str, ...]:
        """Return what users need on Locust's command line."""
        if self.users is None:
            return ()
        at_once = (
            f"--users={self.users}",
            f"--spawn-rate={self.users}",
            f"--run-time={math.ceil(self.seconds + START_SECONDS)}s",
        )
        return (*at_once, "--think=0", "--watch=no", "--stop-timeout=5")


def run_step(step: Step, url: str, log: Path, pids: Callable[[], Mapping[str, int]]) -> dict[str, float]:
    """Run Locust once; returns what it measured, and the cores that each role used meanwhile."""
    user = "OpenLoop" if step.users is None else "ClosedLoop"
    extra = (*step.extra(), f"--json-file={log.with_suffix('')}")
    with start(url, step.plan(), log, user=user, name=log.stem, output=log.parent, extra=extra) as locust:
        usage = Usage(lambda: {**pids(), GENERATOR: locust.pid})
        readings: list[Reading] = []

        def look() -> None:
            time.sleep(LOOK_SECONDS)
            readings.append(usage.read(time.time()))

        _run_its_time(locust, step, look)
    told = _statistics(log.with_suffix(".json"), rows.CORRECTED if step.users is None else POST)
    begin, end = told["start_time"], told["last_request_timestamp"]
    within = [one for one in readings if begin <= one.at <= end] or readings
    return {**_measured(told, end - begin), **_cores(within[0], within[-1])}


def _run_its_time(locust: Locust, step: Step, look: Callable[[], None]) -> None:
    """Wait until Locust has run for the step's seconds, which begin when it is ready, however long that takes."""
    deadline = time.monotonic() + step.seconds + START_SECONDS
    end = deadline
    while not locust.ended() and time.monotonic() < deadline:
        look()
        if step.users is not None and end == deadline and SPAWNED in locust.output.read_text("utf-8"):
            end = time.monotonic() + step.seconds
        if time.monotonic() > end:
            locust.ask_to_end()
            end = math.inf


def calls(log: Path) -> Iterator[Call]:
    """Read what an open loop called and was told; a closed loop keeps no such log."""
    for line in read_calls(log) if log.exists() else ():
        answered, answer = line.get("answered"), Answer(line.get("answer", Answer.UNKNOWN))
        yield Call(
            tasks=1,
            intended=line["intended"] / 1000,
            sent=line["sent"] / 1000,
            answered=(answered or line["sent"]) / 1000,
            answer=answer,
            ids=line.get("ids") or (),
        )


def _statistics(path: Path, row: tuple[str, str]) -> dict[str, Any]:
    entries = json.loads(path.read_text("utf-8"))
    return next(one for one in entries if (one["method"], one["name"]) == row)


def _measured(told: dict[str, Any], seconds: float) -> dict[str, float]:
    answered = told["num_requests"] - told["num_failures"]
    times = sorted((float(ms), count) for ms, count in told["response_times"].items())
    reached = list(accumulate(count for _, count in times))

    def quantile(share: float) -> float:
        return next(ms for (ms, _), sofar in zip(times, reached, strict=True) if sofar >= share * reached[-1])

    return {"accepted": answered, "per_s": answered / seconds, "p50_ms": quantile(0.5), "p95_ms": quantile(0.95)}


def _cores(before: Reading, after: Reading) -> dict[str, float]:
    used: dict[str, float] = dict.fromkeys(ROLES, 0.0)
    for role, spent in after.cpu.items():
        name = WORKERS if role.partition("-")[0] in {"worker", "remote"} else role
        if name in used:
            used[name] += (spent - before.cpu.get(role, 0.0)) / max(LOOK_SECONDS, after.at - before.at)
    return used
